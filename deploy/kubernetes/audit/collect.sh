#!/bin/sh
# Fetch the report of every worker of the fleet audit; with one missing there is none.
#
#   collect.sh FOLDER [NAMESPACE [JOB]]
#   verify report merge FOLDER/share-*.json -o json --exit-code > fleet.json
set -eu
folder="$1"
namespace="${2:-verify-system}"
job="${3:-verify-audit}"
mkdir -p "$folder"
rm -f "$folder"/share-*.json

count="$(kubectl --namespace "$namespace" get job "$job" --output jsonpath='{.spec.completions}')"
index=0
while [ "$index" -lt "$count" ]; do
  labels="batch.kubernetes.io/job-name=$job,batch.kubernetes.io/job-completion-index=$index"
  pod="$(kubectl --namespace "$namespace" get pods --selector "$labels" \
    --sort-by .metadata.creationTimestamp --output name | tail -n 1)"
  part="$folder/share-$index.part"
  if [ -z "$pod" ] || ! kubectl --namespace "$namespace" logs "$pod" > "$part" || [ ! -s "$part" ]; then
    echo "there is no report of worker $index of $count (${pod:-no pod})" >&2
    rm -f "$folder"/share-*.json "$part"
    exit 1
  fi
  mv "$part" "$folder/share-$index.json"
  index=$((index + 1))
done
echo "$count reports are in $folder"
