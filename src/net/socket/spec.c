/* SPDX-License-Identifier: ISC */
/* The spec of a command that opens no socket by its options. */
#include "net/socket/spec.h"

const struct spec spec_defaults = SPEC_DEFAULTS;
