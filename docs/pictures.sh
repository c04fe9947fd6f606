#!/usr/bin/env bash
# Draws docs/pictures/*.svg anew: byok runs on a terminal of 80 columns (tests/readme/pictures.rs says what is typed,
# tests/readme/homes/ what is there), and what it shows is drawn. Keys are made up; providers are servers on loopback, under
# their real names, that answer as the real ones do. A picture that says the same as before stays as it is.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

BLESS=1 cargo test --locked --test main readme::pictures
