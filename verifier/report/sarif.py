"""SARIF 2.1.0, for code scanning: a result for each finding and each place in a file that names the image.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from verifier.report.inert import inert_json
from verifier.report.view import LONG, Document, Extras, Said, files, hint_of, images, repository, said
from verifier.text import safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"fail": "error", "error": "error", "warn": "warning", "waived": "error"}
# What is no rule of a policy, in words.
_FILES = "files"
_OWN_RULES = {
    _FILES: "A file that may deploy something is judged",
    "image": "The image can be had and judged",
    "images": "A policy is about the image",
    "platforms": "There is a platform to judge",
    "policy": "A policy is about the image, and is enforced",
    "verdict": "The image passes",
}


def render_sarif(document: Document, extras: Extras) -> str:
    """One log with one run. What passed or was skipped is left out; what was waived is suppressed."""
    found = [
        (image, item)
        for image in images(document)
        for item in said(image)
        if item.check["outcome"] in _LEVELS
    ]
    bad = [file for file in files(document) if file["outcome"] == "error"]
    rules = sorted({item.check["rule"] for _, item in found} | ({_FILES} if bad else set()))
    seen: Counter[str] = Counter()
    results = [
        _result(image, item, place, rules.index(item.check["rule"]), seen)
        for image, item in found
        for place in image.get("namedAt", [None])
    ]
    results += [_file(file, rules.index(_FILES), seen) for file in bad]
    run = {
        "tool": {
            "driver": {
                "name": "verify",
                "version": document["tool"]["version"],
                "rules": [_rule(rule, extras) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(document)],
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return inert_json(json.dumps(log, indent=2)) + "\n"


def _invocation(document: Document) -> dict[str, Any]:
    told = [_notification(file) for file in files(document) if file["outcome"] != "error"]
    return {
        # It is about the run: an image that fails is a result. GitHub refuses logs of runs that failed.
        "executionSuccessful": document["verdict"] != "error",
        "exitCode": document["exitCode"],
        "exitCodeDescription": document["verdict"],
        **({"toolExecutionNotifications": told} if told else {}),
        "properties": {
            "evaluatedAt": document["evaluatedAt"],
            "trustRoot": document["trustRoot"],
            "policies": document["policies"],
        },
    }


def _notification(file: Document) -> dict[str, Any]:
    """A file that was not judged and need not be is no result, but to be told of the run (section 3.58)."""
    level = "warning" if file["imageLike"] else "note"
    return {"level": level, **_of_file(file)}


def _file(file: Document, rule_index: int, seen: Counter[str]) -> dict[str, Any]:
    """One that had to be judged is a result: it is what there is to be mended."""
    words = f"{file['path']}\0{file['message']}".encode("utf-8", "backslashreplace")
    fingerprint = hashlib.sha256(words).hexdigest()[:32]
    seen[fingerprint] += 1
    return {
        "ruleId": _FILES,
        "ruleIndex": rule_index,
        "level": "error",
        **_of_file(file),
        "partialFingerprints": {"verifyFinding/v1": f"{fingerprint}:{seen[fingerprint]}"},
    }


def _of_file(file: Document) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(file["path"])}}
    if file["line"] is not None:
        place["region"] = {"startLine": file["line"]}
    text = _plain(f"{safe(file['message'], limit=LONG)}.{hint_of(file)}")
    return {"message": {"text": text}, "locations": [{"physicalLocation": place}]}


def _rule(rule: str, extras: Extras) -> dict[str, Any]:
    text = extras.rules.get(rule)
    if text is None:
        title = _OWN_RULES.get(rule, f"The rule {_plain(rule)}")
        return {"id": safe(rule), "shortDescription": {"text": title}, "help": {"text": title}}
    return {
        "id": safe(rule),
        "shortDescription": {"text": text.title},
        "fullDescription": {"text": text.what},
        "help": {
            "text": f"{text.what}\n\nTo mend a finding: {text.fix}",
            "markdown": f"{text.what}\n\n**To mend a finding:** {text.fix}",
        },
        "defaultConfiguration": {"level": "error"},
    }


def _result(
    image: Document, item: Said, place: Document | None, rule_index: int, seen: Counter[str]
) -> dict[str, Any]:
    check = item.check
    fingerprint = _fingerprint(image, check, place)
    seen[fingerprint] += 1
    reference = safe(image["reference"], limit=300)
    result = {
        "ruleId": safe(check["rule"]),
        "ruleIndex": rule_index,
        "level": _LEVELS[check["outcome"]],
        "message": {"text": _plain(f"{reference}: {item.message}.{hint_of(check)}")},
        "locations": [_location(image, place)],
        "partialFingerprints": {"verifyFinding/v1": f"{fingerprint}:{seen[fingerprint]}"},
        "properties": dict(_properties(image, item)),
    }
    if check["outcome"] == "waived":
        justification = _plain(safe(check["message"], limit=LONG))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _properties(image: Document, item: Said) -> Iterator[tuple[str, Any]]:
    check = item.check
    about = {
        "image": image["reference"],
        "digest": image["digest"],
        "verdict": image["verdict"],
        "outcome": check["outcome"],
        **{name: check.get(name) for name in ("policy", "code", "package", "vulnerability", "element")},
        "platforms": list(item.platforms),
        "evidence": check["evidence"],
    }
    for name, value in about.items():
        if value:
            yield name, safe(value, limit=LONG) if isinstance(value, str) else value


def _plain(text: str) -> str:
    """``text`` as a message string: no placeholders (section 3.11.5) and no embedded links (3.11.6)."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _location(image: Document, place: Document | None) -> dict[str, Any]:
    """The place in a file; where there is none, the image in the place of one.

    Code scanning takes no result without an artifact, and other scanners of images name them like this.
    """
    reference = image["reference"]
    if place is None or place["file"] == "-":
        location = {"artifactLocation": {"uri": _uri(reference)}}
        return {"physicalLocation": location, "logicalLocations": [_logical(reference, "resource")]}
    region = {"startLine": place["line"], "startColumn": place["column"]}
    made: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(place["file"])}, "region": region}
    }
    words = " ".join(word for word in (place["object"], place["field"]) if word)
    if words:
        made["logicalLocations"] = [_logical(words, "member")]
    return made


def _logical(name: str, kind: str) -> dict[str, str]:
    return {"fullyQualifiedName": safe(name, limit=LONG), "kind": kind}


def _uri(path: str) -> str:
    """A relative reference, or for an absolute path a file URI (RFC 8089)."""
    plain = path.removeprefix("./")
    written = quote(plain, safe="/@", errors="replace")
    return f"file://{written}" if plain.startswith("/") else written


def _fingerprint(image: Document, check: Document, place: Document | None) -> str:
    """The same for the same finding in the next run, also when the image has another tag or digest then."""
    where = "" if place is None else f"{place['file']}\n{place['object']}\n{place['field']}"
    names = ("rule", "policy", "asked", "code", "package", "vulnerability")
    words = [repository(image), where, *(str(check.get(name) or "") for name in names)]
    return hashlib.sha256("\0".join(words).encode("utf-8", "backslashreplace")).hexdigest()[:32]
