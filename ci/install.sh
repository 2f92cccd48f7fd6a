#!/usr/bin/env bash
# Install verify from the checkout that this script is in, with the dependencies of its lock and of the extras that
# are named (admission,redis): install.sh DIRECTORY [EXTRA,…]
set -euo pipefail

target=$1
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for python in python3 python3.14 python3.13 python3.12 python3.11; do
  if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    break
  fi
  python=
done
if [ -z "$python" ]; then
  echo "verify needs Python 3.11 or newer: set one up before this step" >&2
  exit 2
fi

"$python" -m venv "$target"
# The versions of the lock; pip takes hashes only where every package has one, and verify itself has none.
sed -nE 's/^([A-Za-z0-9._-]+==[^ ;\\]+( ; [^\\]+)?).*/\1/p' "$source/requirements-dev.lock" >"$target/constraints.txt"
"$target/bin/pip" install --quiet --disable-pip-version-check --constraint "$target/constraints.txt" "$source${2:+[$2]}"
"$target/bin/verify" --version
