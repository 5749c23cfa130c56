#!/bin/sh
# Writes the data files of src/actions/github from a pinned @octokit/openapi and @octokit/graphql-schema, which are installed for this only.
# Look at the difference before it is committed, and put the versions into NOTICE.
set -eu
cd "$(dirname "$0")"
openapi=23.0.2
graphql=15.26.1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "@octokit/openapi@$openapi" "@octokit/graphql-schema@$graphql"
node generate.mjs "$folder/node_modules/@octokit/openapi" ../../../src/actions/github/data/operations.txt
node mutations.mjs "$folder/node_modules/@octokit/graphql-schema" ../../../src/actions/github/data/mutations.txt
