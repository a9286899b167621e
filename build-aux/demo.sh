#!/bin/sh
# demo.sh: what `./bootstrap demo` shows.
set -eu
./sockctl --version
