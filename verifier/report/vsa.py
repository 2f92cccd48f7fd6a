"""SLSA verification summaries: in-toto statements, ready to be signed.

https://slsa.dev/spec/v1.0/verification_summary
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from verifier.model.digest import Digest
from verifier.report.inert import inert_json
from verifier.report.view import PROBLEMS, Document, repository

PREDICATE_TYPE = "https://slsa.dev/verification_summary/v1"
DEFAULT_VERIFIER = "pkg:generic/verify"
"""Who verified, where nobody says so: this program, run by whoever signs the statement."""

_RESULTS = {"pass": "PASSED", "fail": "FAILED", "unverified": "FAILED"}
# No rule of this program establishes a SLSA level.
_LEVELS = {"PASSED": "SLSA_BUILD_LEVEL_UNEVALUATED", "FAILED": "FAILED"}


def render_vsa(document: Document, verifier: str | None) -> str:
    """One statement to a line, for each image and each policy that it was judged by.

    ``verifier`` is a URI for whoever verified, which those who trust the statement look for.

    There is none of an image that could not be found out about (``unavailable``, ``error``), since neither
    result would be true; nor of a policy whose own checks passed while the image failed by others; nor of two
    policies of one name in a merged report, since a check says only the name.
    """
    lines = [
        json.dumps(_statement(document, image, policy, result, verifier or DEFAULT_VERIFIER), sort_keys=True)
        for image in document["images"]
        for policy, result in _results(document, image)
    ]
    return "".join(f"{inert_json(line)}\n" for line in lines)


def _results(document: Document, image: Document) -> Iterator[tuple[Document, str]]:
    result = _RESULTS.get(image["verdict"])
    if result is None or image["digest"] is None:
        return
    checks = [check for judged in (image, *image["platforms"]) for check in judged["checks"]]
    problems = {check["policy"] for check in checks if check["outcome"] in PROBLEMS}
    judged_by = {check["policy"] for check in checks if check["outcome"] == "pass"} | problems
    names = Counter(policy["name"] for policy in document["policies"])
    for policy in document["policies"]:
        concerned = judged_by if result == "PASSED" or None in problems else problems
        if policy["name"] in concerned and names[policy["name"]] == 1:
            yield policy, result


def _statement(
    document: Document, image: Document, policy: Document, result: str, verifier: str
) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict
    from in_toto_attestation.v1.statement import Statement

    evidence = dict.fromkeys(entry["evidence"] for entry in (*image["signatures"], *image["attestations"]))
    # Not through the library's message of this predicate: its verifiedLevels is one text, and the
    # specification's is a list.
    summary = {
        "verifier": {"id": verifier},
        "timeVerified": document["evaluatedAt"],
        "resourceUri": resource_uri(image),
        "policy": {"uri": _uri(policy["source"]), "digest": _sha256(policy["digest"])},
        "inputAttestations": [{"digest": _sha256(digest)} for digest in evidence],
        "verificationResult": result,
        "verifiedLevels": [_LEVELS[result]],
        "slsaVersion": "1.0",
    }
    statement = Statement(_subjects(image), PREDICATE_TYPE, summary)
    statement.validate()
    made: dict[str, Any] = MessageToDict(statement.pb)  # type: ignore[no-untyped-call]
    return made


def _subjects(image: Document) -> list[Any]:
    from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor

    name = repository(image).encode("utf-8", "replace").decode("utf-8")
    # The names of subjects are to be distinct.
    digests = dict.fromkeys([image["digest"], *(platform["digest"] for platform in image["platforms"])])
    return [ResourceDescriptor(name=f"{name}@{digest}", digest=_sha256(digest)).pb for digest in digests]


def _sha256(digest: str) -> dict[str, str]:
    return {"sha256": Digest.parse(digest).hex}


def resource_uri(image: Document) -> str:
    """The image as a package URL.

    https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md
    """
    name = repository(image)
    last = _uri(name.rpartition("/")[2].rpartition(":")[2].lower(), safe="") or "image"
    # What stands in a layout on a disk has no repository.
    local = name.startswith(("oci:", "oci-archive:"))
    where = "" if local else f"?repository_url={_uri(name)}"
    return f"pkg:oci/{last}@{quote(image['digest'], safe='')}{where}"


def _uri(text: str, *, safe: str = "/:@") -> str:
    """``text`` with everything escaped that no URI has."""
    return quote(text, safe=safe, errors="replace")
