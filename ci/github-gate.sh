#!/usr/bin/env bash
# Run the gate in a GitHub workflow: github-gate.sh VERIFY. Its inputs are GATE_… variables (action.yml).
set -euo pipefail

verify=$1
arguments=()

# lines OPTION TEXT: each line that is not empty, behind OPTION where there is one.
lines() {
  local line
  while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then
      arguments+=("$1$line")
    fi
  done <<<"$2"
}

lines "--policy=" "$GATE_POLICY"
lines "--changed-since=" "$GATE_CHANGED_SINCE"
lines "--baseline=" "$GATE_BASELINE"
if [ "$GATE_REQUIRE_DIGEST" = true ]; then arguments+=(--require-digest); fi
if [ "$GATE_ALLOW_EMPTY" = true ]; then arguments+=(--allow-empty); fi
lines "" "$GATE_ARGUMENTS"

reports=$(mktemp -d "$RUNNER_TEMP/verify-reports.XXXXXX")
arguments+=("--report=sarif=$GATE_SARIF" "--report=json=$GATE_JSON")
arguments+=("--report=markdown=$reports/summary.md" "--report=github=$reports/annotations")
arguments+=(--)
lines "" "$GATE_PATHS"

rm -f -- "$GATE_SARIF" "$GATE_JSON"
code=0
"$verify" gate "${arguments[@]}" || code=$?

echo "exit-code=$code" >>"$GITHUB_OUTPUT"
if [ -f "$GATE_SARIF" ]; then
  # Commands to the runner, which verify has escaped.
  cat "$reports/annotations"
  cat "$reports/summary.md" >>"$GITHUB_STEP_SUMMARY"
  # A name with a line end would be another output.
  echo "sarif=${GATE_SARIF//[$'\r\n']/}" >>"$GITHUB_OUTPUT"
  echo "json=${GATE_JSON//[$'\r\n']/}" >>"$GITHUB_OUTPUT"
elif [ "$code" -ne 0 ]; then
  echo "verify gate ended with exit code $code before anything was judged; the log of this step says why." >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
