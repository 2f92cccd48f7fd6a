"""The report for people: the verdict first, short when all is well, complete when it is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from verifier.model.report import Report
from verifier.report.inert import inert_line
from verifier.report.json_report import report_document
from verifier.report.summary import names_places, places, shown_in_full, summary
from verifier.report.view import (
    LONG,
    PROBLEMS,
    Document,
    Statement,
    file_in_words,
    files,
    files_in_words,
    statements,
)
from verifier.text import safe

_ALIKE = 10  # findings of one rule and outcome
_FILES = 5  # places in files that were not judged
_SHOWN = 3  # pieces of evidence that were rejected for one reason


@dataclass(frozen=True, slots=True)
class Style:
    """How to write: colour or not, how wide, which marks, how much (-1 quiet, 0, 1 verbose)."""

    colour: bool
    width: int
    verbosity: int
    ascii_only: bool

    def paint(self, text: str, style: str) -> str:
        """``text`` in a style of rich (``bold red``), where there is colour."""
        if not self.colour:
            return text
        from rich.color import ColorSystem
        from rich.style import Style as RichStyle

        return RichStyle.parse(style).render(text, color_system=ColorSystem.STANDARD)

    def shown(self, text: str) -> str:
        """``text`` in characters that the reader's terminal has."""
        if not self.ascii_only:
            return text
        return text.replace("…", "...").encode("ascii", "backslashreplace").decode("ascii")

    def wrap(self, first: str, text: str) -> list[str]:
        """``text`` behind ``first``, continued below where it began."""
        indent = " " * len(first)
        room = max(30, self.width - len(first))
        lines = textwrap.wrap(self.shown(text), room, break_long_words=False, break_on_hyphens=False) or [""]
        return [(first if number == 0 else indent) + line for number, line in enumerate(lines)]


def render_text(report: Report, *, colour: bool, width: int, verbosity: int, ascii_only: bool) -> str:
    """Render ``report``, as `render_text_document` does."""
    return render_text_document(
        report_document(report), colour=colour, width=width, verbosity=verbosity, ascii_only=ascii_only
    )


def render_text_document(
    document: Document, *, colour: bool, width: int, verbosity: int, ascii_only: bool
) -> str:
    """Render a report document; of images that files name, a table, and what is to be done about them."""
    style = Style(colour, width, verbosity, ascii_only)
    lines: list[str] = []
    images = document["images"]
    if names_places(document):
        lines += summary(style, document)
        images = shown_in_full(images, verbosity)
    for image in images:
        lines += _verdict(style, image)
        if verbosity >= 0:
            lines += [*_image(style, image), ""]
    if verbosity >= 0:
        lines += [*_files(style, document), *_footer(style, document)]
    if not document["images"]:
        lines.append("UNVERIFIED  nothing was judged")
    # Last of all: wrapping decides which words of untrusted text begin a line.
    return "".join(f"{inert_line(line)}\n" for line in lines)


def _verdict(style: Style, image: Document) -> list[str]:
    verdict = image["verdict"]
    colour = {"pass": "green", "unavailable": "yellow"}.get(verdict, "red")
    word = style.paint(verdict.upper(), f"bold {colour}")
    return [f"{word}  {style.shown(safe(image['reference'], limit=LONG))}"]


def _image(style: Style, image: Document) -> Iterator[str]:
    if image["resolved"] is not None:
        yield from style.wrap("  image      ", safe(image["resolved"], limit=LONG))
    yield from places(style, image)
    yield from _signers(style, image)
    yield from _findings(style, image["checks"], "  ")
    yield from _platforms(style, image["platforms"])
    if left_out := image.get("platformsLeftOut"):
        judged, all_ = len(image["platforms"]), len(image["platforms"]) + len(left_out)
        names = ", ".join(map(safe, left_out))
        yield from style.wrap("  left out   ", f"{names} ({judged} of {all_} platforms judged)")
    if image["verdict"] != "pass" or style.verbosity > 0:
        yield from _rejected(style, image)
    yield from _unsigned(style, image)
    for warning in image.get("warnings", []):
        yield from style.wrap("  warning    ", safe(warning, limit=LONG))
    if style.verbosity > 0:
        yield from _details(style, image)
    yield from _hints(style, image)


def _hints(style: Style, image: Document) -> Iterator[str]:
    checks = [*image["checks"], *(check for item in image["platforms"] for check in item["checks"])]
    hints = dict.fromkeys(check["hint"] for check in checks if check["hint"] and check["outcome"] != "pass")
    for number, hint in enumerate(hints):
        bullet = "- " if len(hints) > 1 else ""
        label = "  what to do " if number == 0 else "             "
        yield from style.wrap(label + bullet, safe(hint, limit=LONG))


def _signers(style: Style, image: Document) -> Iterator[str]:
    """Each signer once, with what was signed by it."""
    by_signer: dict[str, list[Statement]] = {}
    for item in statements(image):
        by_signer.setdefault(_signer(item.entry["signer"]), []).append(item)
    for signer, items in by_signer.items():
        yield from style.wrap("  signed by  ", signer)
        signatures = sum(item.is_image_signature for item in items)
        counts = f"{_count(signatures, 'signature')}, {_count(len(items) - signatures, 'attestation')}"
        yield from style.wrap("             ", f"{counts}; {_times(items)}; {_logs(items)}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _signer(signer: Document) -> str:
    if "keyFingerprint" in signer:
        return f"the key {safe(signer['keyFingerprint'])}"
    return f"{safe(signer['subject'])} (issuer {safe(signer['issuer'])})"


def _times(items: Sequence[Statement]) -> str:
    times = sorted(
        (item.entry["signedAt"] for item in items if item.entry["signedAt"] is not None),
        key=datetime.fromisoformat,
    )
    if not times:
        return "no trusted time"
    first, last = times[0], times[-1]
    return f"at {first}" if first == last else f"from {first} to {last}"


def _logs(items: Sequence[Statement]) -> str:
    logs = [item.entry["log"] for item in items]
    proofs = sorted({log["proof"] for log in logs if log is not None})
    unlogged = logs.count(None)
    words = [f"logged with {' and '.join(proofs)}"] if proofs else []
    words += [f"{unlogged} without a log entry"] if unlogged else []
    return ", ".join(words)


def _platforms(style: Style, platforms: Sequence[Document]) -> Iterator[str]:
    """The platforms; those of which the same is said stand together."""
    groups: dict[tuple[object, ...], list[Document]] = {}
    for platform in platforms:
        said = (platform["verdict"], *(_said(style, check) for check in platform["checks"]))
        groups.setdefault(said, []).append(platform)
    for group in groups.values():
        names = ", ".join(map(_name, group))
        lines = style.wrap("  ", f"{names}  {group[0]['verdict']}")
        yield from (f"  {style.paint(line[2:], 'bold')}" for line in lines)
        yield from _findings(style, group[0]["checks"], "    ")
        yield from _sboms(style, group)


def _said(style: Style, check: Document) -> tuple[object, ...]:
    """What the report says of ``check``."""
    evidence = tuple(check["evidence"]) if style.verbosity > 0 else ()
    return check["policy"], check["rule"], check["outcome"], check["code"], check["message"], evidence


def _sboms(style: Style, group: Sequence[Document]) -> Iterator[str]:
    alike: dict[str, list[Document]] = {}
    for platform in group:
        if platform["sbom"] is not None:
            alike.setdefault(_sbom(style, platform["sbom"]), []).append(platform)
    for text, platforms in alike.items():
        of = f" of {', '.join(map(_name, platforms))}" if len(platforms) < len(group) else ""
        each = " of each" if not of and len(group) > 1 else ""
        yield from style.wrap("      ", f"SBOM{of}{each}: {text}")


def _sbom(style: Style, sbom: Document) -> str:
    created = f", created {sbom['created']}" if sbom["created"] else ""
    creators = ", ".join(safe(creator, limit=80) for creator in sbom["creators"][:4])
    by = f" by {creators}" if creators else ""
    evidence = f", in {sbom['evidence']}" if style.verbosity > 0 else ""
    return f"{safe(sbom['format'])}, {sbom['packages']} packages{created}{by}{evidence}"


def _name(platform: Document) -> str:
    return safe(platform["platform"]) if platform["platform"] else "the image"


def _findings(style: Style, findings: Iterable[Document], indent: str) -> Iterator[str]:
    """The findings; of one rule and outcome only the first few, unless all are wanted."""
    groups: dict[tuple[object, ...], list[Document]] = {}
    for check in findings:
        key = (check["policy"], check["rule"], check.get("asked"), check["outcome"])
        groups.setdefault(key, []).append(check)
    for group in groups.values():
        told = list({_said(style, check): check for check in reversed(group)}.values())[::-1]
        shown = told if style.verbosity > 0 else told[:_ALIKE]
        yield from _shown(style, shown, indent)
        if len(shown) < len(told):
            yield from style.wrap(f"{indent}  ", f"and {len(told) - len(shown)} more: -v lists them")


def _shown(style: Style, findings: Iterable[Document], indent: str) -> Iterator[str]:
    for check in findings:
        mark, colour = _mark(style, check["outcome"])
        lines = style.wrap(f"{indent}{mark} ", f"{safe(check['message'], limit=LONG)}{_source(style, check)}")
        yield lines[0].replace(mark, style.paint(mark, colour), 1)
        yield from lines[1:]
        if style.verbosity > 0 and check["evidence"]:
            yield from style.wrap(f"{indent}  evidence ", ", ".join(check["evidence"]))


def _source(style: Style, check: Document) -> str:
    """The code of a finding and the rule that it is by; of what passed the rule, where all is wanted."""
    rule = safe(f"{check['policy']}/{check['rule']}" if style.verbosity > 0 else check["rule"])
    words = [check["code"]] if check["code"] and check["outcome"] != "pass" else []
    if check["policy"] is not None and (words or style.verbosity > 0):
        words.append(f"rule {rule}")
    return f" [{', '.join(words)}]" if words else ""


def _mark(style: Style, outcome: str) -> tuple[str, str]:
    if outcome == "pass":
        return ("ok" if style.ascii_only else "✓"), "green"
    if outcome in PROBLEMS:
        return ("x" if style.ascii_only else "✗"), "red"
    return "!", "yellow"


def _rejected(style: Style, image: Document) -> Iterator[str]:
    """The rejected evidence; what was rejected for one reason stands together."""
    groups: dict[tuple[str, str], list[Document]] = {}
    for item in image["rejected"]:
        groups.setdefault((item["code"], item["reason"]), []).append(item)
    for (code, reason), items in groups.items():
        yield from style.wrap("  rejected   ", f"{safe(reason, limit=LONG)} [{safe(code)}]")
        shown = items if style.verbosity > 0 else items[:_SHOWN]
        for item in shown:
            yield from style.wrap("             ", f"{item['evidence']} in {safe(item['storedAt'])}")
        if len(shown) < len(items):
            yield from style.wrap("             ", f"and {len(items) - len(shown)} more: -v lists them")


def _unsigned(style: Style, image: Document) -> Iterator[str]:
    for item in image["unsigned"]:
        kind = safe(item["predicateType"]) if item["predicateType"] else "of unknown type"
        where = safe(item["storedAt"])
        yield from style.wrap("  unsigned   ", f"{kind}, {item['evidence']} in {where}: seen, never counted")


def _details(style: Style, image: Document) -> Iterator[str]:
    for item in statements(image):
        entry = item.entry
        kind = safe(entry.get("predicateType") or "image signature")
        yield from style.wrap("  evidence   ", f"{kind}, {entry['evidence']}")
        yield from style.wrap("             ", f"about {', '.join(item.about)}")
        yield from style.wrap("             ", f"in {safe(entry['storedAt'])}")
        if entry["log"] is not None:
            yield from style.wrap("             ", _log(entry["log"]))
        for name, value in entry["signer"].get("claims", {}).items():
            yield from style.wrap("             ", f"{safe(name)}: {safe(value)}")
    for place in image.get("searched", []):
        yield from style.wrap("  looked at  ", safe(place))


def _log(log: Document) -> str:
    return f"log {safe(log['id'])}, {safe(log['kind'])} entry {log['index']}, {log['proof']}"


def _files(style: Style, document: Document) -> Iterator[str]:
    """What was not judged in files: the first of what looks like an image, or everything."""
    words = files_in_words(document)
    if words is None:
        return
    yield from style.wrap("files      ", words)
    found = files(document)
    matter = [file for file in found if file["imageLike"] or file["outcome"] == "error"]
    shown = found if style.verbosity > 0 else matter[:_FILES]
    for file in shown:
        yield from style.wrap("           ", file_in_words(file))
    if len(shown) < len(found):
        yield from style.wrap("           ", "-v lists them" if not shown else "-v lists the others")
    yield ""


def _footer(style: Style, document: Document) -> Iterator[str]:
    policies = ", ".join(
        f"{safe(policy['name'])} ({safe(policy['source'])})" for policy in document["policies"]
    )
    yield from style.wrap("policies   ", policies or "none")
    root = document["trustRoot"]
    yield from style.wrap("trust root ", f"{safe(root['source'])}, {root['digest']}" if root else "none")
    yield from style.wrap("judged at  ", document["evaluatedAt"])
