#!/bin/sh
# Writes src/actions/azure/data/operations.txt from pinned clients of Azure's resource providers, which are installed for this only (320 MB
# unpacked). Look at the difference before it is committed, and put the versions into NOTICE.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
  @azure/arm-apimanagement@10.0.0 @azure/arm-appservice@19.0.0 @azure/arm-authorization@9.0.0 @azure/arm-automation@10.1.1 \
  @azure/arm-compute@24.1.0 @azure/arm-containerregistry@12.0.0 @azure/arm-containerservice@25.3.0 @azure/arm-cosmosdb@16.4.0 \
  @azure/arm-dns@5.1.0 @azure/arm-eventhub@5.2.0 @azure/arm-keyvault@5.0.0 @azure/arm-managementgroups@2.0.2 @azure/arm-monitor@7.0.0 \
  @azure/arm-msi@2.2.0 @azure/arm-network@36.0.0 @azure/arm-operationalinsights@9.0.0 @azure/arm-policy@6.0.0 \
  @azure/arm-recoveryservices@6.0.0 @azure/arm-resources@7.0.0 @azure/arm-servicebus@6.1.0 @azure/arm-sql@10.0.0 @azure/arm-storage@20.0.0
node generate.mjs "$folder" ../../../src/actions/azure/data
