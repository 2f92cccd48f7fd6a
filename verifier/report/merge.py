"""Several reports to one, as when many workers took a share of the images each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from verifier.errors import ReportError
from verifier.model.finding import Verdict
from verifier.report.json_report import Document, outcome
from verifier.text import safe
from verifier.version import __version__


def merge_reports(
    reports: Sequence[tuple[str, Document]], *, warn: Callable[[str], None] = lambda _: None
) -> Document:
    """One report of all images of ``reports`` (each with its name), with the worst verdict.

    What is said twice of the same image stands once, with all places that name it; where two reports differ
    about an image, both stand. The time is the earliest: the whole is as old as its oldest part. Raises
    `ReportError` where there is none, or where different trust roots were used: no one report can say that.
    """
    if not reports:
        raise ReportError("there is no report to merge")
    documents = [document for _, document in reports]
    root = _trust_root(reports)
    times = {document["evaluatedAt"] for document in documents}
    versions = {document["tool"]["version"] for document in documents}
    if len(versions) > 1:
        warn(f"the reports are by different versions of verify: {safe(', '.join(sorted(versions)))}")
    images = _images(documents)
    worst = max((Verdict[image["verdict"].upper()] for image in images), default=Verdict.UNVERIFIED)
    files = _files(documents)
    verdict, code = outcome(worst, files)
    return {
        "schemaVersion": 1,
        "tool": {"name": "verify", "version": versions.pop() if len(versions) == 1 else __version__},
        "verdict": str(verdict),
        "exitCode": code,
        "evaluatedAt": min(times, key=datetime.fromisoformat),
        "trustRoot": root,
        "policies": _policies(documents),
        "images": images,
        **({"files": files} if any("files" in document for document in documents) else {}),
    }


def _files(documents: Sequence[Document]) -> list[Document]:
    """What any of them did not judge, each once, first what matters most."""
    once = {tuple(file.items()): file for document in documents for file in document.get("files", [])}
    return sorted(once.values(), key=lambda file: (file["outcome"] != "error", not file["imageLike"]))


def _trust_root(reports: Sequence[tuple[str, Document]]) -> Document | None:
    """The one that was used; a report without one could verify nothing, and says so of its images."""
    used = [(name, root) for name, document in reports if (root := document["trustRoot"]) is not None]
    for name, root in used:
        first, other = used[0][1]["digest"], root["digest"]
        if first != other:
            names = f"{safe(used[0][0])} and {safe(name)}"
            raise ReportError(
                f"{names} were made with different trust roots: {first} and {other}",
                hint="give every run the same one with --trusted-root",
            )
    return used[0][1] if used else None


def _policies(documents: Sequence[Document]) -> list[Document]:
    """Each once; two of one name that differ are two."""
    found = {
        (policy["name"], policy["digest"]): policy
        for document in documents
        for policy in document["policies"]
    }
    return list(found.values())


def _images(documents: Sequence[Document]) -> list[Document]:
    merged: list[Document] = []
    by_name: dict[tuple[str, str | None], list[Document]] = {}
    for image in (image for document in documents for image in document["images"]):
        places = image.get("namedAt", [])
        judged = {name: value for name, value in image.items() if name != "namedAt"}
        same = by_name.setdefault((image["reference"], image["digest"]), [])
        for earlier in same:
            if {name: value for name, value in earlier.items() if name != "namedAt"} == judged:
                known = earlier.get("namedAt", [])
                if every := [*known, *(place for place in places if place not in known)]:
                    earlier["namedAt"] = every
                break
        else:
            copy = dict(image)
            same.append(copy)
            merged.append(copy)
    return merged
