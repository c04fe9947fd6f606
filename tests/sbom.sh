#!/usr/bin/env bash
# The bill of materials of a release, in CycloneDX JSON, from what cargo knows and with no other tool.
#
#   tests/sbom.sh [--target TRIPLE]                    prints it
#   tests/sbom.sh [--target TRIPLE] --covers FILE      compares it with what was compiled: FILE is the output of
#                                                      `cargo build --release --message-format=json`
#
# The same source gives the same bytes; a date is in it only where SOURCE_DATE_EPOCH says one.
# Python 3.11 or newer is needed; PYTHON names another one than `python3`.
set -euo pipefail

exec "${PYTHON:-python3}" "$(dirname -- "${BASH_SOURCE[0]}")/sbom.py" "$@"
