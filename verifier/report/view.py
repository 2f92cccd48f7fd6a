"""What every format reads out of a report document.

A reader of one format sees nothing else. So an image or a platform that is no pass has a check that says so
in each of them, and a report without images has an image that was not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verifier.model.finding import Verdict
from verifier.model.report import Report
from verifier.model.sbom import Sbom
from verifier.text import safe

Document = dict[str, Any]
PROBLEMS = frozenset({"fail", "error"})
LONG = 2000  # characters of a message; the words around untrusted text are ours
_UNCLEAR = frozenset({"unavailable", "error"})


@dataclass(frozen=True, slots=True)
class RuleText:
    """What is to be known of a rule, in Markdown: what it checks and why, how to mend a finding."""

    title: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Extras:
    """What a report document does not hold: what rules mean, the SBOMs under the platforms' digests, and a
    URI for whoever verified.
    """

    rules: Mapping[str, RuleText] = field(default_factory=dict)
    sboms: Mapping[str, Sbom] = field(default_factory=dict)
    verifier: str | None = None


def contents(report: Report) -> dict[str, Sbom]:
    """The SBOMs of a live report."""
    return {
        str(platform.digest): platform.contents
        for image in report.images
        for platform in image.platforms
        if platform.contents is not None
    }


@dataclass(frozen=True, slots=True)
class Part:
    """An image as a whole (``platform`` None), or one of its platforms; with its checks."""

    image: Document
    platform: Document | None
    verdict: str
    checks: tuple[Document, ...]

    @property
    def name(self) -> str:
        """The image's reference, and the platform."""
        reference = safe(self.image["reference"], limit=LONG)
        return reference if self.platform is None else f"{reference} {platform_name(self.platform)}"


@dataclass(frozen=True, slots=True)
class Said:
    """A check, and the platforms of which the same is said; none where it is of the image as a whole."""

    check: Document
    platforms: tuple[str, ...]

    @property
    def message(self) -> str:
        """The check's message, and of which platforms it is."""
        text = safe(self.check["message"], limit=LONG)
        return f"{text} ({', '.join(self.platforms)})" if self.platforms else text


def images(document: Document) -> list[Document]:
    """The images; where there is none, one that says so."""
    return document["images"] or [
        {
            "reference": "no image",
            "digest": None,
            "resolved": None,
            "mediaType": None,
            "verdict": document["verdict"],
            "signatures": [],
            "attestations": [],
            "rejected": [],
            "unsigned": [],
            "checks": [_unexplained(document["verdict"], "nothing was judged")],
            "platforms": [],
        }
    ]


def files(document: Document) -> list[Document]:
    """What was not judged in files, first what matters most; nothing where no files name the images."""
    found: list[Document] = document.get("files", [])
    return found


def files_in_words(document: Document) -> str | None:
    """How much was not judged in files, as a sentence without a full stop; None where all was."""
    found = files(document)
    if not found:
        return None
    places = "1 place in files was" if len(found) == 1 else f"{len(found)} places in files were"
    like = sum(file["imageLike"] for file in found)
    errors = sum(file["outcome"] == "error" for file in found)
    words = [f"{like} with something like an image"] if like else []
    words += [f"{errors} as errors"] if errors else []
    return f"{places} not judged" + (f", {' and '.join(words)}" if words else "")


def file_in_words(file: Document) -> str:
    """``path:line: message``."""
    line = "" if file["line"] is None else f":{file['line']}"
    return f"{safe(file['path'])}{line}: {safe(file['message'], limit=LONG)}"


def worst_first(document: Document) -> list[Document]:
    """The images, the worst verdicts first and otherwise in their order."""
    return sorted(images(document), key=lambda image: -Verdict[image["verdict"].upper()])


def parts(image: Document) -> list[Part]:
    """The image as a whole, and each platform."""
    platforms = image["platforms"]
    # The image's own checks speak for its platforms too, and a platform for the image.
    said = _has_problem(image)
    by_platform = any(platform["verdict"] != "pass" for platform in platforms)
    return [
        Part(image, None, image["verdict"], _checks(image, explained=by_platform)),
        *(Part(image, item, item["verdict"], _checks(item, explained=said)) for item in platforms),
    ]


def _has_problem(judged: Document) -> bool:
    return any(check["outcome"] in PROBLEMS for check in judged["checks"])


def _checks(judged: Document, *, explained: bool) -> tuple[Document, ...]:
    """The checks, with one more where it is no pass and nothing says why."""
    checks = tuple(judged["checks"])
    if judged["verdict"] == "pass" or explained or _has_problem(judged):
        return checks
    return (*checks, _unexplained(judged["verdict"], f"{judged['verdict']}, and no check says why"))


def _unexplained(verdict: str, message: str) -> Document:
    return {
        "rule": "verdict",
        "policy": None,
        "outcome": "error" if verdict in _UNCLEAR else "fail",
        "code": None,
        "message": message,
        "hint": None,
        "evidence": [],
    }


def said(image: Document) -> list[Said]:
    """Every check of the image and its platforms; what is said of several platforms only once."""
    together: dict[tuple[object, ...], tuple[Document, list[str]]] = {}
    names = ("rule", "policy", "outcome", "code", "message", "hint", "package", "vulnerability", "asked")
    for part in parts(image):
        for check in part.checks:
            key = (part.platform is None, *(check.get(name) for name in names))
            _, platforms = together.setdefault(key, (check, []))
            if part.platform is not None and (name := platform_name(part.platform)) not in platforms:
                platforms.append(name)
    return [Said(check, tuple(platforms)) for check, platforms in together.values()]


def alike(findings: Sequence[Said], limit: int) -> Iterator[tuple[list[Said], int]]:
    """``findings`` by policy, rule, what it asks and outcome: the first of each, and how many are left."""
    groups: dict[tuple[object, ...], list[Said]] = {}
    for item in findings:
        check = item.check
        key = (check["policy"], check["rule"], check.get("asked"), check["outcome"])
        groups.setdefault(key, []).append(item)
    for group in groups.values():
        yield group[:limit], max(0, len(group) - limit)


@dataclass(frozen=True, slots=True)
class Statement:
    """A verified statement, which the document lists once for each digest that it is about."""

    entry: Document
    about: tuple[str, ...]
    is_image_signature: bool


def statements(image: Document) -> list[Statement]:
    """Each verified statement of the image once, signatures first."""
    found: dict[tuple[object, ...], tuple[Document, list[str]]] = {}
    for name in ("signatures", "attestations"):
        for entry in image[name]:
            words = (repr(value) for key, value in entry.items() if key not in {"subject", "scope"})
            _, about = found.setdefault((name, *words), (entry, []))
            about.append(entry["subject"])
    return [Statement(entry, tuple(about), key[0] == "signatures") for key, (entry, about) in found.items()]


def platform_name(platform: Document) -> str:
    """``linux/amd64``, or that it is the image itself."""
    return safe(platform["platform"]) if platform["platform"] else "the image"


def repository(image: Document) -> str:
    """Where the image is, without tag and digest; what was asked for where it could not be had."""
    name: str = (image["resolved"] or image["reference"]).partition("@")[0]
    head, slash, last = name.rpartition("/")
    return name if image["resolved"] else f"{head}{slash}{last.partition(':')[0]}"


def hint_of(check: Document) -> str:
    """What can be done, as a sentence to put behind others; nothing where there is no hint."""
    return f" What to do: {safe(check['hint'], limit=LONG)}." if check["hint"] else ""
