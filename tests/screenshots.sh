#!/bin/sh
# Makes screenshots of the HTML report of the demo trail: light and dark, wide and narrow.
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

# A headless window is at least 500 points wide and shows only its top: a frame of any size within a large window is
# how a telephone is had, and all of a long page.
# shot NAME WIDTH HEIGHT SCHEME [HASH]; the scheme is 0 for dark, 1 for light.
shot() {
    profile=$(mktemp -d)
    window=$(( $2 > 500 ? $2 : 500 ))
    printf '<!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin:0"><iframe src="report.html%s" style="border:0" width="%s" height="%s">' \
        "${5:-}" "$2" "$3" >"$folder/frame.html"
    "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
        --force-device-scale-factor=1 --window-size="$window,$3" --blink-settings=preferredColorScheme="$4" \
        --screenshot="$folder/$1.png" "file://$folder/frame.html" 2>/dev/null
    rm -rf "$profile" "$folder/frame.html"
    echo "$folder/$1.png"
}
shot wide-light 1400 7600 1
shot wide-dark 1400 7600 0
shot narrow-light 420 9000 1
shot narrow-dark 420 9000 0
shot critical-light 1400 7600 1 "#level=critical&q=198.51.100.23"
