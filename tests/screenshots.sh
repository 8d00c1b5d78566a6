#!/bin/sh
# Makes screenshots of the HTML pages of the demo trail (report and trace): light and dark, wide and narrow, and on paper.
# Usage: tests/screenshots.sh [FOLDER]     (default: target/screenshots; BROWSER and TRAILSIFT name other programs)
set -eu
cd "$(dirname "$0")/.."
folder=${1:-target/screenshots}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
browser=${BROWSER:-}
for name in chromium chromium-browser google-chrome; do
    if [ -z "$browser" ] && command -v "$name" >/dev/null; then browser=$name; fi
done
if [ -z "$browser" ]; then echo "no chromium on the PATH; BROWSER names another" >&2; exit 1; fi
[ -n "${TRAILSIFT:-}" ] || { cargo build --quiet; TRAILSIFT=target/debug/trailsift; }
"$TRAILSIFT" scan testdata/demo -q --raw --force -f "html=$folder/report.html"
"$TRAILSIFT" trace AKIAWO6CN5VODAWLOJM4 testdata/demo -q --force -f "html=$folder/trace.html"

# A headless window is at least 500 points wide and shows only its top: a frame of any size within a large window is
# how a telephone is had, and all of a long page.
# shot PAGE NAME WIDTH HEIGHT SCHEME [HASH]; the scheme is 0 for dark, 1 for light.
shot() {
    profile=$(mktemp -d)
    window=$(( $3 > 500 ? $3 : 500 ))
    printf '<!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin:0"><iframe src="%s.html%s" style="border:0" width="%s" height="%s">' \
        "$1" "${6:-}" "$3" "$4" >"$folder/frame.html"
    "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
        --force-device-scale-factor=1 --window-size="$window,$4" --blink-settings=preferredColorScheme="$5" \
        --screenshot="$folder/$1-$2.png" "file://$folder/frame.html" 2>/dev/null
    rm -rf "$profile" "$folder/frame.html"
    echo "$folder/$1-$2.png"
}
# paper PAGE
paper() {
    profile=$(mktemp -d)
    "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$profile" --no-pdf-header-footer \
        --print-to-pdf="$folder/$1.pdf" "file://$folder/$1.html" 2>/dev/null
    rm -rf "$profile"
    echo "$folder/$1.pdf"
}
shot report wide-light 1400 7600 1
shot report wide-dark 1400 7600 0
shot report narrow-light 420 9000 1
shot report narrow-dark 420 9000 0
shot report critical-light 1400 7600 1 "#level=critical&q=198.51.100.23"
shot trace wide-light 1400 3200 1
shot trace wide-dark 1400 3200 0
shot trace narrow-light 420 5200 1
shot trace narrow-dark 420 5200 0
paper report
paper trace
