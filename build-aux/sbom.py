#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""sbom.py: writes what a release consists of as SPDX 2.3 in JSON, and checks what it wrote.

usage: sbom.py VERSION EPOCH TARBALL STATIC LIBRARIES DEB >FILE
       sbom.py --check FILE

STATIC is the static binary, LIBRARIES a list of what is linked into it ("name version" a line, as static.sh makes it),
DEB the Debian package. EPOCH is the time of the release. The same files give the same document.
"""
import hashlib
import json
import re
import subprocess
import sys
import time
import os

# Of libraries whose files have several licences, none is claimed.
LICENCES = {"jansson": "MIT", "libmnl": "LGPL-2.1-or-later", "musl": "MIT"}
AUTHORS = "Organization: The sockctl authors"


def checksums(path):
    with open(path, "rb") as file:
        data = file.read()
    return [
        {"algorithm": name.upper(), "checksumValue": hashlib.new(name, data).hexdigest()} for name in ("sha1", "sha256")
    ]


def identifier(kind, name):
    return "SPDXRef-%s-%s" % (kind, re.sub(r"[^A-Za-z0-9.-]", "-", name))


def package(kind, name, version, licence):
    return {
        "SPDXID": identifier(kind, name),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
    }


def depends(deb):
    """Name and least version of each package that the Debian package needs."""
    text = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], check=True, capture_output=True, text=True).stdout
    for need in text.strip().split(","):
        name, version = re.fullmatch(r"\s*(\S+?)(?: \((.*)\))?\s*", need).groups()
        yield name, version or "any"


def document(version, epoch, tarball, static, libraries, deb):
    program = package("Package", "sockctl", version, "ISC")
    program["copyrightText"] = "Copyright (c) 2026 The sockctl authors"
    program["supplier"] = AUTHORS
    packages, files, relationships = [program], [], []

    def relate(one, kind, other):
        relationships.append({"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})

    relate("SPDXRef-DOCUMENT", "DESCRIBES", program["SPDXID"])
    for path in (tarball, static, deb):
        name = os.path.basename(path)
        files.append({
            "SPDXID": identifier("File", name),
            "fileName": "./" + name,
            "checksums": checksums(path),
            "licenseConcluded": "NOASSERTION",
            "copyrightText": "NOASSERTION",
        })
        relate(files[-1]["SPDXID"], "GENERATED_FROM", program["SPDXID"])
    binary, debian = files[1]["SPDXID"], files[2]["SPDXID"]
    with open(libraries, encoding="utf-8") as lines:
        for line in lines:
            name, number = line.split()
            packages.append(package("Static", name, number, LICENCES.get(name, "NOASSERTION")))
            relate(binary, "STATIC_LINK", packages[-1]["SPDXID"])
    for name, number in depends(deb):
        packages.append(package("Debian", name, number, "NOASSERTION"))
        relate(debian, "DEPENDS_ON", packages[-1]["SPDXID"])
    digest = files[0]["checksums"][1]["checksumValue"]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "sockctl-" + version,
        "documentNamespace": "urn:sha256:" + digest,
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(epoch))),
            "creators": ["Tool: sockctl-build-aux-sbom", AUTHORS],
        },
        "packages": packages,
        "files": files,
        "relationships": relationships,
    }


TEXT = {
    "SPDXID": r"SPDXRef-[A-Za-z0-9.-]+",
    "name": r".+",
    "downloadLocation": r"NOASSERTION|NONE|\S+:\S+",
    "fileName": r"\./.+",
    "copyrightText": r".+",
    "licenseConcluded": r"[A-Za-z0-9.+-]+",
    "spdxElementId": r"SPDXRef-[A-Za-z0-9.-]+",
    "relatedSpdxElement": r"SPDXRef-[A-Za-z0-9.-]+",
    "relationshipType": r"[A-Z_]+",
    "spdxVersion": r"SPDX-2\.3",
    "dataLicense": r"CC0-1\.0",
    "documentNamespace": r"[a-z]+:[^#]+",
    "created": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
}
LENGTHS = {"SHA1": 40, "SHA256": 64}


def faults(found):
    """What the specification (SPDX 2.3, sections 6 to 8 and 11) requires and the document lacks."""

    def lack(where, what, *keys):
        for key in keys:
            value = what.get(key)
            if not isinstance(value, str) or not re.fullmatch(TEXT[key], value):
                yield "%s: %s is %r" % (where, key, value)

    yield from lack("document", found, "spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace")
    yield from lack("creationInfo", found.get("creationInfo", {}), "created")
    if not found.get("creationInfo", {}).get("creators"):
        yield "creationInfo: no creators"
    known = [found.get("SPDXID")]
    for one in found.get("packages", []):
        yield from lack("package", one, "SPDXID", "name", "downloadLocation")
        known.append(one.get("SPDXID"))
    for one in found.get("files", []):
        yield from lack("file", one, "SPDXID", "fileName")
        known.append(one.get("SPDXID"))
        sums = {sum.get("algorithm"): sum.get("checksumValue", "") for sum in one.get("checksums", [])}
        for name, length in LENGTHS.items():
            if not re.fullmatch("[0-9a-f]{%d}" % length, sums.get(name, "")):
                yield "file %s: no %s" % (one.get("fileName"), name)
    if len(set(known)) != len(known):
        yield "two elements have the same SPDXID"
    for one in found.get("relationships", []):
        yield from lack("relationship", one, "spdxElementId", "relationshipType", "relatedSpdxElement")
        for end in (one.get("spdxElementId"), one.get("relatedSpdxElement")):
            if end not in known:
                yield "relationship: %s is not an element" % end
    if not any(one.get("relationshipType") == "DESCRIBES" for one in found.get("relationships", [])):
        yield "the document describes nothing"


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="utf-8") as file:
            wrong = list(faults(json.load(file)))
        for line in wrong:
            print("sbom.py: " + line, file=sys.stderr)
        return 1 if wrong else 0
    if len(sys.argv) != 7:
        print(__doc__, file=sys.stderr)
        return 2
    print(json.dumps(document(*sys.argv[1:]), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
