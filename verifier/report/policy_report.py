"""Kubernetes policy reports, for the tools that show those of a cluster; as JSON, which kubectl takes."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from verifier.report.inert import inert_json
from verifier.report.view import LONG, Document, Said, file_in_words, files, images, said
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class Kind:
    """Which kind of object."""

    api_version: str
    kind: str


POLICY_REPORT = Kind("wgpolicyk8s.io/v1alpha2", "PolicyReport")
OPEN_REPORT = Kind("openreports.io/v1alpha1", "Report")

_RESULTS = {
    "pass": "pass",
    "waived": "skip",
    "skip": "skip",
    "warn": "warn",
    "fail": "fail",
    "error": "error",
}
# As the words for a place say it: the kind, then namespace and name.
_OBJECT = re.compile(r"(?P<kind>[A-Z][A-Za-z0-9]*) (?:(?P<namespace>[a-z0-9-]+)/)?(?P<name>[a-z0-9.-]+)")


def render_policy_report(document: Document, kind: Kind) -> str:
    """One report of all images. Its name is the same for the same images, so that it replaces the last."""
    results = [_result(document, image, item) for image in images(document) for item in said(image)]
    results += [_file(document, file) for file in files(document)]
    counts = Counter(result["result"] for result in results)
    names = "\n".join(sorted(image["reference"] for image in images(document)))
    digest = hashlib.sha256(names.encode("utf-8", "backslashreplace")).hexdigest()
    report = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {
            "name": f"verify-{digest[:16]}",
            "labels": {"app.kubernetes.io/managed-by": "verify"},
        },
        "summary": {name: counts[name] for name in ("pass", "fail", "warn", "error", "skip")},
        "results": results,
    }
    if kind is OPEN_REPORT:
        report["source"] = "verify"
    return inert_json(json.dumps(report, indent=2)) + "\n"


def _result(document: Document, image: Document, item: Said) -> dict[str, Any]:
    check = item.check
    result = {
        "source": "verify",
        "category": "Image verification",
        # The schema wants a policy, also where the image could not be had.
        "policy": safe(check["policy"] or "verify"),
        "rule": safe(check["rule"]),
        "result": _RESULTS[check["outcome"]],
        "scored": True,
        "message": item.message,
        "timestamp": _timestamp(document["evaluatedAt"]),
        "properties": _properties(image, item),
    }
    if resources := _resources(image):
        result["resources"] = resources
    return result


def _file(document: Document, file: Document) -> dict[str, Any]:
    """Something in a file that was not judged."""
    result = "error" if file["outcome"] == "error" else "warn" if file["imageLike"] else "skip"
    properties = {"file": file["path"], "line": file["line"], "code": file["code"], "hint": file["hint"]}
    return {
        "source": "verify",
        "category": "Image verification",
        "policy": "verify",
        "rule": "files",
        "result": result,
        "scored": True,
        "message": safe(f"not judged: {file_in_words(file)}", limit=LONG),
        "timestamp": _timestamp(document["evaluatedAt"]),
        "properties": {name: safe(value, limit=LONG) for name, value in properties.items() if value},
    }


def _timestamp(text: str) -> dict[str, int]:
    time = datetime.fromisoformat(text)
    return {"seconds": int(time.timestamp()), "nanos": time.microsecond * 1000}


def _properties(image: Document, item: Said) -> dict[str, str]:
    """A map of texts, as the schema wants it."""
    check = item.check
    about = {
        "image": image["reference"],
        "digest": image["digest"],
        "verdict": image["verdict"],
        "platforms": ", ".join(item.platforms),
        **{name: check.get(name) for name in ("code", "hint", "package", "vulnerability", "element")},
        "evidence": ", ".join(check["evidence"]),
        "namedAt": ", ".join(f"{place['file']}:{place['line']}" for place in image.get("namedAt", [])),
    }
    return {name: safe(value, limit=LONG) for name, value in about.items() if value}


def _resources(image: Document) -> list[dict[str, str]]:
    """The objects that name the image."""
    found: list[dict[str, str]] = []
    for place in image.get("namedAt", []):
        named = _OBJECT.fullmatch(place["object"])
        if named is None:
            continue
        resource = {name: value for name, value in named.groupdict().items() if value}
        if resource not in found:
            found.append(resource)
    return found
