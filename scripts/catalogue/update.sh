#!/bin/sh
# Writes the catalogues of the API families anew: runs scripts/catalogue/<family>/update.sh, of all families or of those that are named.
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- */
for family; do
  echo "catalogue of ${family%/}" >&2
  "./${family%/}/update.sh"
done
