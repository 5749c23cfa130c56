#!/bin/sh
# Writes src/actions/github/data/operations.txt from a pinned @octokit/openapi, which is installed for this only. Look at the difference
# before it is committed, and put the version into NOTICE.
set -eu
cd "$(dirname "$0")"
openapi=23.0.2
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "@octokit/openapi@$openapi"
node generate.mjs "$folder/node_modules/@octokit/openapi" ../../../src/actions/github/data/operations.txt
