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

# shot NAME WIDTH HEIGHT SCHEME [HASH]; the scheme is 0 for dark, 1 for light.
shot() {
    profile=$(mktemp -d)
    "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
        --force-device-scale-factor=1 --window-size="$2,$3" --blink-settings=preferredColorScheme="$4" \
        --screenshot="$folder/$1.png" "file://$folder/report.html${5:-}" 2>/dev/null
    rm -rf "$profile"
    echo "$folder/$1.png"
}
shot wide-light 1400 2400 1
shot wide-dark 1400 2400 0
# Headless windows are never narrower than 500 points: an even half of a doubled one is what a telephone shows.
shot narrow-light 500 2400 1
shot narrow-dark 500 2400 0
shot finding-light 1400 1000 1 "#f-e2814f6d800f9414f84d3c33"
shot filtered-dark 1400 1000 0 "#level=critical,high&q=198.51.100.23"
