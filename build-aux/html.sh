#!/bin/sh
# SPDX-License-Identifier: ISC
# html.sh OUT: what `make html` runs: the guide, one page a topic, and the manual, as static pages in OUT. cmark-gfm and mandoc
# do the work; the shell around each page is here.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
out=$1
for program in cmark-gfm mandoc; do
  command -v "$program" >/dev/null || { echo "make html needs $program" >&2; exit 1; }
done
rm -rf "$out"
mkdir -p "$out/ladders"
cp "$source"/doc/ladders/*.svg "$out/ladders"

cat >"$out/style.css" <<'END'
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 0 1rem 3rem; overflow-wrap: break-word }
pre, table, .Bl-tag, .head, .foot { overflow-x: auto; max-width: 100% }
pre { padding: .6rem; background: #8882; border-radius: .3rem; font-size: .85rem; line-height: 1.35 }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
pre code { overflow-wrap: normal }
table { display: block }
img { max-width: 100%; height: auto }
dd { margin-left: 1.5rem }
nav { padding: .6rem 0; display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap }
END

# page FILE TITLE: a page of what stdin has, with the links in $links above it and below.
page() {
  {
    printf '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
    printf '<title>%s</title>\n<link rel="stylesheet" href="style.css">\n<nav>%s</nav>\n' "$2" "$links"
    cat
    printf '<nav>%s</nav>\n' "$links"
  } >"$out/$1"
}

# One piece for each heading of the second level; what stands above the first one begins the index.
pieces=$(mktemp -d)
trap 'rm -rf "$pieces"' EXIT
awk -v place="$pieces" '
  /^```/ { code = !code }
  !code && /^## / { number++ }
  { print >sprintf("%s/%02d.md", place, number) }' "$source/doc/topics.md"
title_of() { sed -n '1s/^## //p' "$pieces/$1.md" | sed 's/&/\&amp;/g; s/</\&lt;/g'; }
numbers=$(cd "$pieces" && for file in *.md; do echo "${file%.md}"; done | grep -v '^00$')

index='<a href="index.html">the guide</a>'
manual='<a href="sockctl.1.html">the manual</a>'
before=
for number in $numbers; do
  after=$(echo "$numbers" | grep -A 1 "^$number$" | sed -n 2p)
  links="${before:+<a href=\"$before.html\">‹ $(title_of "$before")</a> }$index $manual"
  links="$links${after:+ <a href=\"$after.html\">$(title_of "$after") ›</a>}"
  cmark-gfm -e table "$pieces/$number.md" | page "$number.html" "$(title_of "$number")"
  before=$number
done

links=$manual
{
  cmark-gfm -e table "$pieces/00.md"
  echo '<ul>'
  for number in $numbers; do printf '<li><a href="%s.html">%s</a>\n' "$number" "$(title_of "$number")"; done
  echo '</ul>'
} | page index.html "sockctl: the guide"

# A manual refers to others of ours by relative links, and to those of the system by none.
links=$index
for file in "$source"/doc/*.[1-9]; do
  name=${file##*/}
  mandoc -T html -O fragment,man=%N.%S.html "$file" |
    sed -E 's|<a class="Xr" href="(sockctl[^"]*)">([^<]*)</a>|<a class="Xr" href="\1" >\2</a>|g
      s|<a class="Xr" href="[^"]*">([^<]*)</a>|\1|g' | page "$name.html" "$name"
done
