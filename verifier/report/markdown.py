"""Markdown for a build's summary: the verdict, a table of images, what failed and what to do.

GitHub Flavored Markdown, https://github.github.com/gfm/; GitLab and Azure Pipelines read the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from verifier.limits import REPORT_ALIKE, SUMMARY_BYTES, SUMMARY_ROWS
from verifier.report.inert import inert_line
from verifier.report.view import (
    LONG,
    PROBLEMS,
    Document,
    Said,
    alike,
    file_in_words,
    files,
    files_in_words,
    platform_name,
    said,
    worst_first,
)
from verifier.text import safe

_MARKS = {"pass": "✅", "fail": "❌", "unverified": "❌", "unavailable": "⚠️", "error": "⚠️"}
_WORDS = {
    "pass": "Every image passes",
    "fail": "A policy says no",
    "unverified": "No acceptable evidence",
    "unavailable": "It could not be found out",
    "error": "A defect in verify: no verdict",
}
_SHOWN = PROBLEMS | {"warn"}  # at once; the rest is to be unfolded
# What is mark-up anywhere in a line (CommonMark, section 2.4); untrusted text never begins one. GitHub knows
# mathematics between dollars too.
_MARKUP = re.compile(r"[\\`*_{}()\[\]#!|~^$@&<>]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What becomes a link or a mention without any mark-up; a comment keeps it apart.
_LINKED = re.compile(
    r"(?<=:)(?=/)|(?<=@)(?=\w)|(?<=#)(?=[#\d])|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-)", re.IGNORECASE
)
_APART = "<!-- -->"


def render_markdown(document: Document) -> str:
    """The summary, at most `SUMMARY_BYTES`: what there is no room for is counted, worst images first."""
    verdict = document["verdict"]
    blocks = [f"## {_MARKS[verdict]} verify: {verdict}\n\n{_WORDS[verdict]}.\n", _table(document)]
    blocks += _files(document)
    room = SUMMARY_BYTES - sum(len(block.encode()) for block in blocks) - len(_footer(document).encode())
    left_out = 0
    for image in worst_first(document):
        block = "\n".join(_details(image)) + "\n"
        size = len(block.encode()) + 1
        if left_out or size > room:
            left_out += 1
            continue
        room -= size
        blocks.append(block)
    if left_out:
        blocks.append(f"There is no room here for the details of {left_out} more images.\n")
    return "\n".join([*blocks, _footer(document)])


def escaped(text: object, *, limit: int = LONG) -> str:
    """Untrusted text as text: no mark-up, no HTML, no link, no mention, no end of a table's cell."""
    pieces = _LINKED.split(inert_line(safe(text, limit=limit)))
    return _APART.join(_MARKUP.sub(_escape, piece) for piece in pieces)


def _escape(match: re.Match[str]) -> str:
    return _ENTITIES.get(match[0], f"\\{match[0]}")


def _table(document: Document) -> str:
    images = worst_first(document)
    lines = ["| Verdict | Image | Digest | Platforms | Problems |", "| --- | --- | --- | --- | --- |"]
    for image in images[:SUMMARY_ROWS]:
        problems = sum(item.check["outcome"] in PROBLEMS for item in said(image))
        cells = [
            f"{_MARKS[image['verdict']]} {image['verdict']}",
            escaped(image["reference"], limit=300),
            escaped(image["digest"] or "unknown")[:21],
            _platforms(image),
            str(problems),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if len(images) > SUMMARY_ROWS:
        lines.append(f"| | and {len(images) - SUMMARY_ROWS} more images | | | |")
    return "\n".join(lines) + "\n"


def _files(document: Document) -> Iterator[str]:
    """What was not judged in files."""
    words = files_in_words(document)
    if words is None:
        return
    found = files(document)
    lines = [f"- {file['outcome']}: {escaped(file_in_words(file))}" for file in found[:REPORT_ALIKE]]
    if len(found) > REPORT_ALIKE:
        lines.append(f"- and {len(found) - REPORT_ALIKE} more")
    rows = "\n".join(lines)
    yield f"<details><summary>{words}</summary>\n\n{rows}\n\n</details>\n"


def _platforms(image: Document) -> str:
    names = ", ".join(escaped(platform_name(platform)) for platform in image["platforms"])
    left_out = len(image.get("platformsLeftOut", []))
    return f"{names} ({left_out} not judged)" if left_out else names


def _details(image: Document) -> Iterator[str]:
    findings = said(image)
    shown = sorted(
        (item for item in findings if item.check["outcome"] in _SHOWN),
        key=lambda item: item.check["outcome"] == "warn",
    )
    yield f"### {_MARKS[image['verdict']]} {escaped(image['reference'], limit=300)}\n"
    yield from _findings(shown)
    for hint in dict.fromkeys(item.check["hint"] for item in shown if item.check["hint"]):
        yield f"\n> **What to do:** {escaped(hint)}"
    yield f"\n<details><summary>Evidence and checks ({len(findings)})</summary>\n"
    yield from _evidence(image)
    yield from _findings([item for item in findings if item.check["outcome"] not in _SHOWN])
    yield "\n</details>"


def _findings(findings: list[Said]) -> Iterator[str]:
    for group, more in alike(findings, REPORT_ALIKE):
        yield from map(_finding, group)
        if more:
            yield f"- and {more} more of this rule"


def _finding(item: Said) -> str:
    check = item.check
    code = f" [{escaped(check['code'])}]" if check["code"] and check["outcome"] != "pass" else ""
    policy = f" (policy {escaped(check['policy'])})" if check["policy"] else ""
    return f"- **{check['outcome']}** {escaped(check['rule'])}: {escaped(item.message)}{code}{policy}"


def _evidence(image: Document) -> Iterator[str]:
    signers: dict[str, list[str]] = {}
    for entry in (*image["signatures"], *image["attestations"]):
        what = escaped(entry.get("predicateType") or "image signature")
        at = f" at {escaped(entry['signedAt'])}" if entry["signedAt"] else ", no trusted time"
        signers.setdefault(_signer(entry["signer"]), []).append(f"{what}{at}")
    for signer, entries in signers.items():
        yield f"- signed by {signer}"
        yield from (f"  - {entry}" for entry in list(dict.fromkeys(entries))[:REPORT_ALIKE])
    rejected = Counter((entry["reason"], entry["code"]) for entry in image["rejected"])
    for (reason, code), times in rejected.most_common(REPORT_ALIKE):
        yield f"- rejected: {escaped(reason)} [{escaped(code)}]{f' ({times} times)' if times > 1 else ''}"
    for place in image.get("namedAt", [])[:REPORT_ALIKE]:
        where = " ".join(word for word in (place["object"], place["field"]) if word)
        yield f"- named at {escaped(place['file'])} line {place['line']} {escaped(where)}"
    for warning in image.get("warnings", [])[:REPORT_ALIKE]:
        yield f"- warning: {escaped(warning)}"


def _signer(signer: Document) -> str:
    if "keyFingerprint" in signer:
        return f"the key {escaped(signer['keyFingerprint'])}"
    return f"{escaped(signer['subject'])} (issuer {escaped(signer['issuer'])})"


def _footer(document: Document) -> str:
    policies = ", ".join(
        f"{escaped(policy['name'])} ({escaped(policy['source'])})" for policy in document["policies"]
    )
    root = document["trustRoot"]
    trusted = f"{escaped(root['source'])}, {escaped(root['digest'])}" if root else "none"
    at = escaped(document["evaluatedAt"])
    version = escaped(document["tool"]["version"])
    return (
        f"<sub>verify {version}; policies {policies or 'none'}; trust root {trusted}; judged at {at}</sub>\n"
    )
