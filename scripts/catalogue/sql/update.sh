#!/bin/sh
# Writes src/actions/sql/data/postgresql.json from the catalogue of a PostgreSQL server that runs in WebAssembly.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-save --ignore-scripts --prefix "$dir" @electric-sql/pglite@0.5.16
node "$here/generate.mjs" "$dir/node_modules" "$here/../../../src/actions/sql/data/postgresql.json"
