#!/usr/bin/env bash
# LiteLLM's proxy, as a real server to ask whether a key works.
#
#   tests/litellm.sh install                 puts it into target/litellm, once
#   tests/litellm.sh serve PORT MASTER_KEY   runs it on 127.0.0.1:PORT until killed
#
# With PORT 0 a free port is taken. The port is printed, as the only line on
# stdout, as soon as the server answers; if it never does, stdout just ends.
# The process that was started becomes the server: to kill it is enough. An
# empty MASTER_KEY makes an open proxy, which asks nobody for a key. Only
# `install` downloads anything: where that is still to do, `serve` ends with 77.
#
# What the server says is kept in target/litellm/serve-PORT.log. It sees
# nothing of the caller's environment, needs no database and no network.
# Python 3.11 or newer is needed; PYTHON names another one than `python3`.
set -euo pipefail

# What `litellm[proxy]` needs to start and to check a key, and no more: of its
# 118 packages the others (polars, boto3, granian, ...) are not needed for that.
# prisma comes from another extra: without it, a request with no key or with an
# empty one is answered by 500 instead of 401, even where there is no database.
pins=(
    litellm==1.106.2
    aiohappyeyeballs==2.7.1 aiohttp==3.14.5 aiosignal==1.4.0
    annotated-doc==0.0.7 annotated-types==0.8.0 anyio==4.16.0
    apscheduler==3.11.3 async-timeout==5.0.1 attrs==26.1.0 backoff==2.2.1
    certifi==2026.10.18 cffi==2.1.1 charset-normalizer==3.5.2 click==8.5.1
    cryptography==50.0.2 distro==1.9.0 email-validator==2.4.0
    expression==5.8.0 fastapi==0.165.0 fastapi-sso==0.23.0 fastuuid==0.14.0
    frozenlist==1.8.0 h11==0.16.0 h2==4.4.1 hpack==4.2.0 httpcore==1.0.9
    httpx==0.28.1 httpx2==2.16.2 hyperframe==6.1.0 idna==3.20
    importlib-metadata==8.9.0 jinja2==3.1.6 markupsafe==3.0.4 mcp==2.3.0
    mcp-types==2.3.0 multidict==7.2.1 numpy==2.4.6 oauthlib==4.0.1
    openai==2.54.0 opentelemetry-api==1.45.2 orjson==3.13.0 packaging==26.3
    prisma==0.15.0 propcache==0.5.4 pydantic==2.14.3 pydantic-core==2.50.4
    pydantic-settings==2.16.3 pyjwt==2.15.1 python-dotenv==1.2.4
    python-multipart==0.0.34 pyyaml==6.0.3 redis==8.1.0 regex==2026.11.15
    requests==2.34.2 sniffio==1.3.1 soundfile==0.14.0 sse-starlette==3.7.0
    starlette==1.10.0 tiktoken==0.14.0 tomlkit==0.15.2
    typing-extensions==4.16.0 typing-inspection==0.4.5 tzlocal==5.4.5
    urllib3==2.8.0 uvicorn==0.54.0 uvloop==0.23.0 websockets==15.0.1
    yarl==1.25.1 zipp==4.1.2
)

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
home=$root/target/litellm
stamp=$home/installed
python=${PYTHON:-python3}

fail() {
    printf 'litellm.sh: %s\n' "$1" >&2
    exit 1
}

usage() {
    fail 'usage: litellm.sh install | litellm.sh serve PORT MASTER_KEY'
}

# Whether these very packages are there, for this version of Python.
is_installed() {
    # Without quotes, the version may be a pattern.
    [[ -f $stamp && $(<"$stamp") == $1" ${pins[*]}" ]] && "$home/venv/bin/python" -c '' 2>/dev/null
}

# A virtual environment with pip in it; where Debian's python3-venv is missing,
# one without, which the pip next to Python then fills.
make_venv() {
    local venv=$1
    "$python" -m venv "$venv" >"$home/install.log" 2>&1 && return
    rm -rf -- "$venv"
    "$python" -m venv --without-pip "$venv" >>"$home/install.log" 2>&1 &&
        "$python" -m pip --python "$venv/bin/python" --version >>"$home/install.log" 2>&1 && return
    fail "$python makes no virtual environment with pip; on Debian: apt-get install python3-venv (see $home/install.log)"
}

install() {
    command -v "$python" >/dev/null || fail "no $python here; Python 3.11 or newer is needed"
    local version
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2], sys.version_info >= (3, 11))') ||
        fail "$python does not run"
    [[ $version == *True ]] || fail "$python is ${version% *}; Python 3.11 or newer is needed"

    if is_installed "${version% *}"; then
        return
    fi

    rm -rf -- "$stamp" "$home/venv"
    make_venv "$home/venv"
    local pip=("$home/venv/bin/python" -m pip)
    "${pip[@]}" --version >/dev/null 2>&1 || pip=("$python" -m pip --python "$home/venv/bin/python")
    # Wheels only: nothing that was downloaded runs while it is installed.
    "${pip[@]}" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        "${pins[@]}" >>"$home/install.log" 2>&1 || {
        tail -n 5 "$home/install.log" >&2
        fail 'pip could not install LiteLLM'
    }
    printf '%s' "${version% *} ${pins[*]}" >"$stamp"
}

# One at a time, where several tests ask for it at once.
install_once() {
    mkdir -p "$home"
    (
        if command -v flock >/dev/null; then flock 9; fi
        install
    ) 9>"$home/lock"
}

# The port itself if it is free, any free one for 0.
free_port() {
    "$home/venv/bin/python" -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
print(s.getsockname()[1])' "$1" 2>/dev/null
}

# Whether the server on the port answers 200 to the question whether it lives.
alive() {
    local status
    {
        exec 3<>"/dev/tcp/127.0.0.1/$1" &&
            printf 'GET /health/liveliness HTTP/1.0\r\n\r\n' >&3 &&
            read -r -t 5 status <&3
    } 2>/dev/null && [[ $status == 'HTTP/1.'?' 200 '* ]]
}

# Prints the port when the server with this process id answers, for two minutes.
announce() {
    local port=$1 server=$2
    SECONDS=0
    while ((SECONDS < 120)) && kill -0 "$server" 2>/dev/null; do
        if (alive "$port"); then
            printf '%s\n' "$port"
            return
        fi
        sleep 0.1
    done
    printf 'litellm.sh: no answer on port %s; see %s\n' "$port" "$home/serve-$port.log" >&2
}

serve() {
    local port key=$2
    port=$(free_port "$1") || fail "port $1 is not free on 127.0.0.1"
    mkdir -p "$home/empty"
    cat >"$home/serve-$port.yaml" <<'YAML'
model_list:
  - model_name: fake-model
    litellm_params:
      model: openai/fake-model
      api_key: none
      mock_response: none
YAML
    # PRODUCTION keeps it from reading any .env file of the directories above,
    # and the LOCAL ones from fetching the newest lists of models and prices.
    local settings=(
        PATH=/usr/bin:/bin
        HOME="$home/empty"
        LC_ALL=C.UTF-8
        LITELLM_MODE=PRODUCTION
        LITELLM_OFFLINE_MODE=true
        LITELLM_LOCAL_MODEL_COST_MAP=true
        LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS=true
        LITELLM_LOCAL_AUTOROUTER_PRESETS=true
        LITELLM_LOCAL_BLOG_POSTS=true
        LITELLM_LOCAL_POLICY_TEMPLATES=true
    )
    if [[ -n $key ]]; then
        settings+=(LITELLM_MASTER_KEY="$key")
    else
        settings+=(LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true)
    fi
    cd -- "$home/empty"
    announce "$port" "$$" &
    exec env -i "${settings[@]}" "$home/venv/bin/python" "$home/venv/bin/litellm" \
        --config "$home/serve-$port.yaml" --host 127.0.0.1 --port "$port" \
        >"$home/serve-$port.log" 2>&1 </dev/null
}

case ${1-} in
install)
    (($# == 1)) || usage
    install_once
    ;;
serve)
    (($# == 3)) && [[ $2 =~ ^[0-9]{1,5}$ ]] || usage
    if ! is_installed '*'; then
        printf 'LiteLLM is not installed: `tests/litellm.sh install`\n' >&2
        exit 77
    fi
    serve "$2" "$3"
    ;;
*) usage ;;
esac
