#!/usr/bin/env bash
# `byok scan` against ripgrep, and `byok redact`, measured here and now: `benches/scan.sh [BYOK]`. Needs hyperfine, jq, python3 and ripgrep.
# The tree is made anew each time, always the same: 1 GB in 8,000 files that read like source, with 40 keys in them.
. "$(dirname "$0")/lib.sh"
need hyperfine jq python3 rg
export BYOK_HOME=$work/home

# What ripgrep searches is made of the registry's own signs: every beginning and mark with what must follow, every pattern
# that begins with letters, and every variable with a value.
python3 - "$work" <<'PY'
import pathlib, random, re, sys, tomllib
work = pathlib.Path(sys.argv[1])
prefixes, patterns, variables = {"AGE-SECRET-KEY-1"}, set(), set()
for file in pathlib.Path("src/provider/registry").glob("*.toml"):
    entry = tomllib.loads(file.read_text())
    shape = entry.get("shape", {})
    prefixes |= set(shape.get("certain", [])) | {o["prefix"] for o in shape.get("other", []) if not o["prefix"].endswith(" ")}
    pattern = shape.get("pattern", "")
    if re.match(r"\^[A-Za-z]", pattern):
        patterns.add(pattern.strip("^$"))
    variables |= set(entry.get("env", {}).get("key", []))
telling = [re.escape(p).replace("\\-", "-") + "[A-Za-z0-9_-]{16,}" for p in sorted(prefixes)] + sorted(patterns)
(work / "telling").write_text(r"\b(?:" + "|".join(telling) + ")")
named = "(?i:" + "|".join(sorted(variables)) + r""")["']?\s*[:=]\s*["']?[A-Za-z0-9_-]{20,}"""
(work / "all").write_text((work / "telling").read_text() + "|" + named)

rng = random.Random(7)
words = """if else for while return let mut const static fn struct impl match import from class def self this new await async
value result error index buffer length token key request response config handler parse write read open close item node list
map filter name path file line column start end state event data type string number object array render update delete insert
getElementById process_request HttpClientConfig user_authentication_middleware DEFAULT_TIMEOUT_SECONDS
convert_value_to_canonical_representation""".split()
punctuation = [" = ", "(", ");\n", " {\n    ", ".", ", ", ": ", "\n", " ", " -> ", " + ", '"', "'", "[", "] ", "// ", ";\n", "\n\n"]
alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
blocks = []
for _ in range(64):
    out, size = [], 0
    while size < 32768:
        piece = rng.choice(words) + rng.choice(punctuation)
        if rng.random() < 0.002:
            piece += 'sha = "%064x"\n' % rng.getrandbits(256)
        out.append(piece)
        size += len(piece)
    blocks.append("".join(out))
for at in range(8000):
    folder = work / "tree" / str(at % 100)
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(rng.choice(blocks) for _ in range(rng.choice([1, 2, 3, 4, 9])))
    if at % 200 == 0:
        text += 'api_key = "gsk_%s"\n' % "".join(rng.choice(alphabet) for _ in range(52))
    (folder / f"{at}.py").write_text(text)
with open(work / "stream", "w") as stream:
    for _ in range(16384):
        stream.write(rng.choice(blocks))
PY

names=(openai anthropic google groq openrouter mistral deepseek cohere together perplexity xai fireworks cerebras nvidia replicate
    elevenlabs huggingface jina voyage tavily)
for name in "${names[@]}"; do
    python3 -c 'import random, sys; print(sys.argv[1][:3] + "-" + "".join(random.Random(sys.argv[1]).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=48)), end="")' "$name" |
        "$byok" add "$name" --stdin --as-is --no-test >/dev/null 2>&1
done

bytes=$(du -sb --apparent-size "$work/tree" | cut -f1)
echo "a tree of $((bytes / 1000000)) MB in $(find "$work/tree" -type f | wc -l) files, in the system's cache; $(nproc) processors"
cat "$work"/tree/*/* >/dev/null
echo "found by byok: $("$byok" scan "$work/tree" 2>/dev/null | wc -l); by ripgrep: $(rg --hidden -f "$work/telling" "$work/tree" | wc -l)"
hyperfine -N -i --warmup 1 --runs "${RUNS:-10}" --export-json "$work/out.json" "$byok scan $work/tree" \
    "rg --hidden -c -f $work/telling $work/tree" "rg --hidden -c -f $work/all $work/tree" >/dev/null 2>&1
jq -r --argjson bytes "$bytes" '.results | [(.[] | .min)] as $m | ["byok scan", "rg, what tells", "rg, and variables"] as $n
    | range(3) | "\($n[.]): \($m[.] * 1000 | round) ms, \($bytes / $m[.] / 1e6 | round) MB/s, byok takes \($m[0] / $m[.] * 100 | round / 100) of it"' "$work/out.json"
cat "$work/stream" >/dev/null
size=$(stat -c %s "$work/stream")
hyperfine -N --warmup 1 --runs "${RUNS:-10}" --export-json "$work/out.json" "$byok redact $work/stream" "$byok redact --shapes $work/stream" >/dev/null 2>&1
jq -r --argjson bytes "$size" '.results[] | "\(.command | sub("^[^ ]*"; "byok") | sub(" [^ ]*/stream"; "")), 20 keys: \($bytes / .min / 1e6 | round) MB/s"' "$work/out.json"
