#!/usr/bin/env bash
# Programs that read what byok writes, and write what it reads, from PyPI, pinned: `llm`, `huggingface_hub`, and
# `check-jsonschema`, which has the schemas of GitHub's workflows and GitLab's pipelines in it.
#
#   tests/consumers.sh install    puts them into target/consumers, once
#
# Python 3.11 or newer is needed; PYTHON names another one than `python3`.
set -euo pipefail

pins=(
    llm==0.36 check-jsonschema==0.39.0 huggingface_hub==2.4.0
    annotated-types==0.8.0 anyio==4.16.0 attrs==26.1.0 certifi==2026.10.18 charset-normalizer==3.5.2 click==8.5.1
    click-default-group==1.2.4 condense-json==1.1 filelock==4.2.11 fsspec==2026.9.0 h11==0.16.0 httpcore2==2.16.2 httpx2==2.16.2 idna==3.20 jiter==0.19.0
    jsonschema==4.26.0 jsonschema-specifications==2025.9.1 openai==3.54.0 packaging==26.3 pluggy==1.7.0 puremagic==1.30
    pydantic==2.14.3 pydantic-core==2.50.4 python-dateutil==4.0.0 python-ulid==4.1.0 PyYAML==6.0.3 referencing==0.37.0
    regress==2026.9.1 requests==2.34.2 rpds-py==2026.9.1 ruamel.yaml==0.19.1 sniffio==1.3.1 sqlite-fts4==1.0.3
    sqlite-utils==4.2.1 tabulate==0.10.0 tqdm==4.70.1 truststore==0.10.5 typing-inspection==0.4.5 typing-extensions==4.16.0
    tzdata==2026.6 urllib3==2.8.0
)

[ "${1-}" = install ] && [ $# = 1 ] || {
    echo 'usage: consumers.sh install' >&2
    exit 1
}
home=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)/target/consumers
stamp=$home/installed
if [ -f "$stamp" ] && [ "$(<"$stamp")" = "${pins[*]}" ] && "$home/bin/python" -c ''; then
    exit 0
fi
rm -rf -- "$home"
"${PYTHON:-python3}" -m venv "$home"
# Wheels only: nothing that was downloaded runs while it is installed.
"$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: "${pins[@]}"
printf '%s' "${pins[*]}" >"$stamp"
