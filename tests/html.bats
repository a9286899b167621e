#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# `make html` makes pages of the guide and the manual whose links lead somewhere and which fit a phone and a desk.

load helpers

setup_file() {
  command -v cmark-gfm >/dev/null && command -v mandoc >/dev/null || return 0
  sh "$BATS_TEST_DIRNAME/../build-aux/html.sh" "$BATS_FILE_TMPDIR/html"
}

@test "there is a page for each topic and each manual, with its pictures, and no link is broken" {
  need cmark-gfm mandoc
  cd "$BATS_FILE_TMPDIR/html"
  assert_equal "$(find . -name '[0-9]*.html' | wc -l)" "$(grep -c '^## ' "$srcdir/doc/topics.md")"
  for manual in "$srcdir"/doc/*.[1-9]; do [[ -s ${manual##*/}.html ]] || fail "no page of $manual"; done
  assert_equal "$(cat ./*.html | grep -o '<img[^>]*>' | wc -l)" "$(grep -c '^!\[' "$srcdir/doc/topics.md")"
  for page in *.html; do
    grep -oE '(href|src)="[^"]*"' "$page" | cut -d '"' -f 2 | sort -u | while IFS='#' read -r file part; do
      [[ $file != *:* ]] || continue
      [[ -e ${file:-$page} ]] || fail "$page: $file is not there"
      [[ ! $part ]] || grep -q "id=\"$part\"" "${file:-$page}" || fail "$page: ${file:-$page} has no #$part"
    done
  done
}

# The widths that pages need in a window of WIDTH, as "WIDTH PAGE", each page in a frame of one document.
assert_fits() {
  {
    echo '<!DOCTYPE html><body style="margin: 0"><script>'
    printf 'const width = %s, pages = [' "$1"
    printf '"%s",' *.html
    cat <<'END'
];
const said = document.createElement("pre");
document.body.append(said);
let left = pages.length;
for (const page of pages) {
  const frame = document.createElement("iframe");
  frame.style = `width: ${width}px; height: 600px; border: 0`;
  frame.onload = () => {
    const root = frame.contentDocument.documentElement;
    const broken = [...frame.contentDocument.images].filter(image => !image.naturalWidth).length;
    said.textContent += `${root.scrollWidth > width ? "wide" : "fits"} ${root.scrollWidth} ${broken} ${page}\n`;
    if (--left == 0) said.id = "done";
  };
  frame.src = page;
  document.body.append(frame);
}
</script>
END
  } >frames.htm
  timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --allow-file-access-from-files \
    --user-data-dir="$BATS_TEST_TMPDIR/profile" --virtual-time-budget=20000 --dump-dom "file://$PWD/frames.htm" \
    >dom.txt 2>errors.txt || fail "$(tail -n 5 errors.txt)"
  grep -q 'id="done"' dom.txt || fail "not all pages were loaded: $(tail -n 5 dom.txt)"
  grep -oE '(fits|wide) [0-9]+ [0-9]+ [^<]*html' dom.txt >pages.txt
  assert_equal "$(wc -l <pages.txt)" "$(find . -name '*.html' | wc -l)"
  run ! grep -vE '^fits [0-9]+ 0 ' pages.txt
  assert_output ""
}

@test "no page is wider than a phone" {
  need cmark-gfm mandoc chromium
  cd "$BATS_FILE_TMPDIR/html"
  assert_fits 375
}

@test "no page is wider than a desk's window" {
  need cmark-gfm mandoc chromium
  cd "$BATS_FILE_TMPDIR/html"
  assert_fits 1280
}
