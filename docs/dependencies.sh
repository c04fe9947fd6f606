#!/usr/bin/env bash
# Fills the numbers of docs/dependencies.md from what cargo resolves: versions, counts, what is there twice. The reasons
# are written by hand, and a dependency without one is refused, as is a reason without a dependency.
#
#   docs/dependencies.sh            rewrites the page
#   docs/dependencies.sh --check    fails where it is stale
#
# Python 3.11 or newer is needed; PYTHON names another one than `python3`.
set -euo pipefail

exec "${PYTHON:-python3}" "$(dirname -- "${BASH_SOURCE[0]}")/dependencies.py" "$@"
