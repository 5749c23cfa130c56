#!/bin/sh
# Writes src/actions/gcp/data/methods.txt from a pinned googleapis, which is installed for this only (230 MB unpacked). Look at the difference
# before it is committed, and put the version into NOTICE.
set -eu
cd "$(dirname "$0")"
googleapis=188.0.0
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "googleapis@$googleapis"
node generate.mjs "$folder/node_modules/googleapis" ../../../src/actions/gcp/data
