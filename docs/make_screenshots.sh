#!/usr/bin/env bash
# Makes the README's pictures: the program itself, on a display of its own, in light and in dark.
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs/screenshots
mkdir -p "$out"
display_file=$(mktemp)
Xvfb -displayfd 4 -screen 0 1600x1000x24 4>"$display_file" 2>/dev/null &
xvfb=$!
trap 'kill $xvfb 2>/dev/null || true; rm -f "$display_file"' EXIT
for _ in $(seq 100); do
    [ -s "$display_file" ] && break
    sleep 0.05
done
DISPLAY=":$(cat "$display_file")"
export DISPLAY
settings=$(mktemp -d)
XDG_CONFIG_HOME=$settings XDG_DATA_HOME=$settings build/bin/fulcrum-window --screenshot "$settings"
cp "$settings/running.png" "$out/running-light.png"
cp "$settings/triangle-dark.png" "$out/dsr-dark.png"
cp "$settings/engines-dark.png" "$out/engine-dark.png"
cp "$settings/compare.png" "$out/compare.png"
cp "$settings/playback.png" "$out/playback.png"
cp "$settings/inspector.png" "$out/inspector.png"
rm -rf "$settings"
ls -l "$out"
