"""What tests/sbom.sh writes."""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import sys
import uuid

sys.dont_write_bytecode = True
import crates


def reference(crate):
    return f"pkg:cargo/{crate[0]}@{crate[1]}".replace("+", "%2B")


def component(crate, known, checksum, linked):
    """One crate. What only helped to build, such as a macro, is `excluded`: it is not in the program."""
    one = {
        "type": "library",
        "bom-ref": reference(crate),
        "name": crate[0],
        "version": crate[1],
        "scope": "required" if linked else "excluded",
        "purl": reference(crate),
    }
    if known.get("description"):
        one["description"] = " ".join(known["description"].split())
    if checksum:
        one["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if known.get("license"):
        # The old form of `OR` that some crates still write.
        one["licenses"] = [{"expression": known["license"].replace("/", " OR ")}]
    if (known.get("repository") or "").startswith("http"):
        one["externalReferences"] = [{"type": "vcs", "url": known["repository"]}]
    return one


def sqlite(known):
    """The C library within `libsqlite3-sys`: whoever looks for a flaw in SQLite looks for its own name."""
    for (name, _), one in known.items():
        if name == "libsqlite3-sys":
            header = pathlib.Path(one["manifest_path"]).parent / "sqlite3/sqlite3.h"
            version = re.search(r'#define SQLITE_VERSION\s+"([^"]+)"', header.read_text())[1]
            return {
                "type": "library",
                "bom-ref": f"pkg:generic/sqlite@{version}",
                "name": "sqlite",
                "version": version,
                "scope": "required",
                "purl": f"pkg:generic/sqlite@{version}",
                "cpe": f"cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*",
                "licenses": [{"license": {"id": "blessing"}}],
            }, name, one["version"]
    return None


def bom(target):
    everything, linked = crates.tree("no-dev", target), crates.tree("normal,no-proc-macro", target)
    known, checksums, own = crates.packages(target), crates.checksums(), crates.own()
    components = [
        component(crate, known[crate], checksums.get(crate), crate in linked)
        for crate in sorted(everything)
        if crate != own
    ]
    needs = {reference(crate): sorted(map(reference, below)) for crate, below in everything.items()}
    within = sqlite({crate: one for crate, one in known.items() if crate in everything})
    if within:
        c_library, name, version = within
        components.append(c_library)
        needs[reference((name, version))].append(c_library["bom-ref"])
        needs[c_library["bom-ref"]] = []
    root = component(own, known[own], None, True) | {"type": "application"}
    del root["scope"]
    metadata = {"component": root, "properties": [{"name": "byok:target", "value": target}]}
    # Only a date that is given: the same source makes the same bytes.
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        when = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)
        metadata = {"timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ")} | metadata
    content = {
        "components": components,
        "dependencies": [{"ref": one, "dependsOn": below} for one, below in sorted(needs.items())],
    }
    digest = hashlib.sha256(json.dumps([metadata, content]).encode()).hexdigest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": metadata,
    } | content


def compiled(path):
    """The crates that the compiler was run for, from `cargo build --message-format=json`."""
    names = set()
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith('{"reason":"compiler-artifact"'):
            identity = json.loads(line)["package_id"].rsplit("#", 1)[1]
            if "@" in identity:
                names.add(tuple(identity.split("@", 1)))
    return names


def main():
    parser = argparse.ArgumentParser(prog="sbom.sh")
    parser.add_argument("--target", default=crates.TARGET)
    parser.add_argument("--covers", metavar="FILE")
    arguments = parser.parse_args()
    made = bom(arguments.target)
    if arguments.covers is None:
        json.dump(made, sys.stdout, indent=1, ensure_ascii=False)
        print()
        return
    named = {(one["name"], one["version"]) for one in made["components"] if one["purl"].startswith("pkg:cargo/")}
    built = compiled(arguments.covers) - {crates.own()}
    for crate in sorted(built - named):
        print(f"built, and not named: {crate[0]} {crate[1]}")
    for crate in sorted(named - built):
        print(f"named, and not built: {crate[0]} {crate[1]}")
    if not built or built != named:
        sys.exit(1)
    print(f"{len(named)} crates are named, and as many were built")


main()
