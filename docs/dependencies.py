"""What docs/dependencies.sh fills into docs/dependencies.md."""

import pathlib
import re
import sys
import tomllib

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
import crates

PAGE = HERE / "dependencies.md"


def direct():
    """Every direct dependency of Cargo.toml but those of the tests, by name."""
    manifest = tomllib.loads((crates.ROOT / "Cargo.toml").read_text())
    tables = [manifest, *manifest.get("target", {}).values()]
    return sorted({
        name for table in tables for kind in ("dependencies", "build-dependencies") for name in table.get(kind, {})
    })


def section(title, lines):
    return f"<!-- {title} -->\n" + "\n".join(lines) + f"\n<!-- end of {title} -->"


def filled(page):
    graph, linked = crates.tree("no-dev"), crates.tree("normal,no-proc-macro")
    own = crates.own()
    everything = crates.reached(graph, own)
    version = {crate[0]: crate for crate in graph[own]}
    missing = set(direct())

    def row(found):
        name, why = found[1], found[2]
        missing.discard(name)
        if name not in direct():
            sys.exit(f"dependencies.md tells of `{name}`, which is no dependency")
        if name not in version:
            return f"| `{name}` | other platforms | | | {why} |"
        crate = version[name]
        below = crates.reached(graph, crate)
        alone = everything - crates.reached(graph, own, without=crate) - {crate}
        return f"| `{name}` | {crate[1].split('+')[0]} | {len(below)} | {len(alone)} | {why} |"

    page = re.sub(r"^\| `([^`]+)` \|[^|\n]*\|[^|\n]*\|[^|\n]*\| (.*) \|$", row, page, flags=re.M)
    if missing:
        sys.exit(f"dependencies.md has no row for: {', '.join(sorted(missing))}")

    # Twice in the program, not merely in the build.
    versions = {}
    for name, number in linked:
        versions.setdefault(name, set()).add(number)
    twice = []
    for name in sorted(name for name, numbers in versions.items() if len(numbers) > 1):
        users = []
        for number in sorted(versions[name], key=lambda text: [int(part) for part in re.findall(r"\d+", text)]):
            by = sorted({f"`{user[0]}`" for user, below in linked.items() if (name, number) in below})
            users.append(f"{number} ({', '.join(by)})")
        twice.append(f"| `{name}` | {'; '.join(users)} |")
    counts = [
        f"{len(graph) - 1} crates build byok on Linux with glibc, {len(linked) - 1} of them are linked into it, and "
        f"{len(twice)} of those in two versions."
    ]
    for title, lines in (("counts", counts), ("twice", ["| crate | versions, and who asks for them |", "|---|---|", *twice])):
        mark = re.compile(rf"<!-- {title} -->.*?<!-- end of {title} -->", re.S)
        if not mark.search(page):
            sys.exit(f"dependencies.md has no place for `{title}`")
        page = mark.sub(lambda _, text=section(title, lines): text, page)
    return page


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("usage: dependencies.sh [--check]")
    old = PAGE.read_text()
    new = filled(old)
    if sys.argv[1:]:
        if new != old:
            sys.exit("docs/dependencies.md is stale; run `docs/dependencies.sh`")
    else:
        PAGE.write_text(new)


main()
