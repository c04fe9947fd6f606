"""The crates of a release build, as cargo resolves it: no crates that only tests need, no features that only tests turn on.

`cargo metadata` knows licences and checksums but unites the features of tests and release, so the crates themselves come
from `cargo tree`. Read by tests/sbom.sh and docs/dependencies.sh.
"""

import json
import pathlib
import re
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-gnu"


def cargo(*arguments):
    """What cargo prints; it speaks for itself when it fails."""
    command = ["cargo", *arguments, "--locked", "--manifest-path", str(ROOT / "Cargo.toml")]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def tree(edges, target=TARGET):
    """`{crate: {crate}}`, each crate as (name, version), over these edges of `cargo tree`."""
    graph, path = {}, []
    for line in cargo("tree", "--edges", edges, "--target", target, "--prefix", "depth").splitlines():
        found = re.match(r"(\d+)(\S+) v([^ +]+(?:\+\S+)?)", line)
        if not found:
            continue
        depth, crate = int(found[1]), (found[2], found[3])
        path[depth:] = [crate]
        graph.setdefault(crate, set())
        if depth:
            graph[path[depth - 1]].add(crate)
    return graph


def reached(graph, start, without=None):
    """The crates below `start`, itself aside; no way leads through `without`."""
    seen, open_ = set(), [start]
    while open_:
        for crate in graph[open_.pop()] - seen - {without, start}:
            seen.add(crate)
            open_.append(crate)
    return seen


def own():
    """byok itself, as (name, version)."""
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    return package["name"], package["version"]


def packages(target=TARGET):
    """What `cargo metadata` knows of each crate."""
    known = json.loads(cargo("metadata", "--format-version", "1", "--filter-platform", target))
    return {(one["name"], one["version"]): one for one in known["packages"]}


def checksums():
    """The SHA-256 of each crate's archive, from Cargo.lock."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
