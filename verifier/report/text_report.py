"""The report for people: the verdict first, short when all is well, complete when it is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from verifier.model.bundle import Rejection
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.report import AcceptedStatement, ImageReport, PlatformReport, Report, SbomSummary
from verifier.model.verified import CertificateSigner, KeySigner, LogEntry, Signer
from verifier.report.inert import inert_line
from verifier.text import rfc3339, safe

_ALIKE = 10  # findings of one rule and outcome
_SHOWN = 3  # pieces of evidence that were rejected for one reason
_LONG = 2000  # characters of a message; the words around untrusted text are ours


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
    """Render ``report``."""
    style = Style(colour, width, verbosity, ascii_only)
    lines: list[str] = []
    for image in report.images:
        lines += _verdict(style, image)
        if verbosity >= 0:
            lines += [*_image(style, image), ""]
    if verbosity >= 0:
        lines += _footer(style, report)
    if not report.images:
        lines.append("UNVERIFIED  nothing was judged")
    # Last of all: wrapping decides which words of untrusted text begin a line.
    return "".join(f"{inert_line(line)}\n" for line in lines)


def _verdict(style: Style, image: ImageReport) -> list[str]:
    word = str(image.verdict).upper()
    colour = {Verdict.PASS: "green", Verdict.UNAVAILABLE: "yellow"}.get(image.verdict, "red")
    return [f"{style.paint(word, f'bold {colour}')}  {style.shown(safe(image.reference, limit=_LONG))}"]


def _image(style: Style, image: ImageReport) -> Iterator[str]:
    if image.resolved is not None:
        yield from style.wrap("  image      ", safe(image.resolved, limit=_LONG))
    yield from _signers(style, image)
    yield from _findings(style, image.checks, "  ")
    yield from _platforms(style, image.platforms)
    if image.platforms_left_out:
        judged, all_ = len(image.platforms), len(image.platforms) + len(image.platforms_left_out)
        left_out = ", ".join(map(safe, image.platforms_left_out))
        yield from style.wrap("  left out   ", f"{left_out} ({judged} of {all_} platforms judged)")
    if image.verdict is not Verdict.PASS or style.verbosity > 0:
        yield from _rejected(style, image)
    yield from _unsigned(style, image)
    for warning in image.warnings:
        yield from style.wrap("  warning    ", safe(warning, limit=_LONG))
    if style.verbosity > 0:
        yield from _details(style, image)
    hints = dict.fromkeys(
        finding.hint
        for finding in (*image.checks, *(check for item in image.platforms for check in item.checks))
        if finding.hint and finding.outcome is not Outcome.PASS
    )
    for number, hint in enumerate(hints):
        bullet = "- " if len(hints) > 1 else ""
        label = "  what to do " if number == 0 else "             "
        yield from style.wrap(label + bullet, safe(hint, limit=_LONG))


def _signers(style: Style, image: ImageReport) -> Iterator[str]:
    """Each signer once, with what was signed by it."""
    by_signer: dict[str, list[AcceptedStatement]] = {}
    for item in (*image.signatures, *image.attestations):
        by_signer.setdefault(_signer(item.statement.signer), []).append(item)
    for signer, items in by_signer.items():
        yield from style.wrap("  signed by  ", signer)
        signatures = sum(item.statement.is_image_signature for item in items)
        counts = f"{_count(signatures, 'signature')}, {_count(len(items) - signatures, 'attestation')}"
        yield from style.wrap("             ", f"{counts}; {_times(items)}; {_logs(items)}")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _signer(signer: Signer) -> str:
    match signer:
        case CertificateSigner():
            return f"{safe(signer.subject)} (issuer {safe(signer.issuer)})"
        case KeySigner():
            return f"the key {signer.fingerprint}"


def _times(items: Sequence[AcceptedStatement]) -> str:
    times = sorted(item.statement.signed_at for item in items if item.statement.signed_at is not None)
    if not times:
        return "no trusted time"
    first, last = (f"{rfc3339(time)}" for time in (times[0], times[-1]))
    return f"at {first}" if first == last else f"from {first} to {last}"


def _logs(items: Sequence[AcceptedStatement]) -> str:
    proofs = sorted({item.statement.log.proof.value for item in items if item.statement.log is not None})
    unlogged = sum(item.statement.log is None for item in items)
    words = [f"logged with {' and '.join(proofs)}"] if proofs else []
    words += [f"{unlogged} without a log entry"] if unlogged else []
    return ", ".join(words)


def _platforms(style: Style, platforms: Sequence[PlatformReport]) -> Iterator[str]:
    """The platforms; those of which the same is said stand together."""
    groups: dict[tuple[object, ...], list[PlatformReport]] = {}
    for platform in platforms:
        groups.setdefault((platform.verdict, *(_said(style, c) for c in platform.checks)), []).append(
            platform
        )
    for group in groups.values():
        names = ", ".join(map(_name, group))
        lines = style.wrap("  ", f"{names}  {group[0].verdict}")
        yield from (f"  {style.paint(line[2:], 'bold')}" for line in lines)
        yield from _findings(style, group[0].checks, "    ")
        yield from _sboms(style, group)


def _said(style: Style, check: Finding) -> tuple[object, ...]:
    """What the report says of ``check``."""
    evidence = check.evidence if style.verbosity > 0 else ()
    return check.outcome, check.code, check.message, evidence


def _sboms(style: Style, group: Sequence[PlatformReport]) -> Iterator[str]:
    alike: dict[str, list[PlatformReport]] = {}
    for platform in group:
        if platform.sbom is not None:
            alike.setdefault(_sbom(style, platform.sbom), []).append(platform)
    for text, platforms in alike.items():
        of = f" of {', '.join(map(_name, platforms))}" if len(platforms) < len(group) else ""
        each = " of each" if not of and len(group) > 1 else ""
        yield from style.wrap("      ", f"SBOM{of}{each}: {text}")


def _sbom(style: Style, sbom: SbomSummary) -> str:
    created = f", created {rfc3339(sbom.created)}" if sbom.created else ""
    by = f" by {', '.join(safe(creator, limit=80) for creator in sbom.creators[:4])}" if sbom.creators else ""
    evidence = f", in {sbom.evidence}" if style.verbosity > 0 else ""
    return f"{safe(sbom.format)}, {sbom.packages} packages{created}{by}{evidence}"


def _name(platform: PlatformReport) -> str:
    return safe(platform.platform) if platform.platform else "the image"


def _findings(style: Style, findings: Iterable[Finding], indent: str) -> Iterator[str]:
    """The findings; of one rule and outcome only the first few, unless all are wanted."""
    groups: dict[tuple[str | None, str, str, Outcome], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.policy, finding.rule, finding.asked, finding.outcome), []).append(finding)
    for group in groups.values():
        shown = group if style.verbosity > 0 else group[:_ALIKE]
        yield from _shown(style, shown, indent)
        if len(shown) < len(group):
            yield from style.wrap(f"{indent}  ", f"and {len(group) - len(shown)} more: -v lists them")


def _shown(style: Style, findings: Iterable[Finding], indent: str) -> Iterator[str]:
    for finding in findings:
        mark, colour = _mark(style, finding.outcome)
        code = f" [{finding.code}]" if finding.code and finding.outcome is not Outcome.PASS else ""
        text = f"{safe(finding.message, limit=_LONG)}{code}"
        lines = style.wrap(f"{indent}{mark} ", text)
        yield lines[0].replace(mark, style.paint(mark, colour), 1)
        yield from lines[1:]
        if style.verbosity > 0 and finding.evidence:
            yield from style.wrap(f"{indent}  evidence ", ", ".join(map(str, finding.evidence)))


def _mark(style: Style, outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Outcome.PASS:
            return ("ok" if style.ascii_only else "✓"), "green"
        case Outcome.WARN | Outcome.WAIVED | Outcome.SKIP:
            return "!", "yellow"
        case Outcome.FAIL | Outcome.ERROR:
            return ("x" if style.ascii_only else "✗"), "red"


def _rejected(style: Style, image: ImageReport) -> Iterator[str]:
    """The rejected evidence; what was rejected for one reason stands together."""
    groups: dict[tuple[str, str], list[Rejection]] = {}
    for item in image.rejected:
        groups.setdefault((item.code, item.reason), []).append(item)
    for (code, reason), items in groups.items():
        yield from style.wrap("  rejected   ", f"{safe(reason, limit=_LONG)} [{safe(code)}]")
        shown = items if style.verbosity > 0 else items[:_SHOWN]
        for item in shown:
            yield from style.wrap("             ", f"{item.digest} in {safe(', '.join(item.stored_at))}")
        if len(shown) < len(items):
            yield from style.wrap("             ", f"and {len(items) - len(shown)} more: -v lists them")


def _unsigned(style: Style, image: ImageReport) -> Iterator[str]:
    for item in image.unsigned:
        kind = safe(item.predicate_type) if item.predicate_type else "of unknown type"
        where = safe(", ".join(item.stored_at))
        yield from style.wrap("  unsigned   ", f"{kind}, {item.digest} in {where}: seen, never counted")


def _details(style: Style, image: ImageReport) -> Iterator[str]:
    for item in (*image.signatures, *image.attestations):
        verified = item.statement
        kind = "image signature" if verified.statement is None else safe(verified.statement.predicate_type)
        yield from style.wrap("  evidence   ", f"{kind}, {verified.evidence}")
        yield from style.wrap("             ", f"about {', '.join(map(str, verified.about))}")
        yield from style.wrap("             ", f"in {safe(', '.join(verified.stored_at))}")
        if verified.log is not None:
            yield from style.wrap("             ", _log(verified.log))
        if isinstance(verified.signer, CertificateSigner):
            for name, value in verified.signer.claims.items():
                yield from style.wrap("             ", f"{safe(name)}: {safe(value)}")
    for place in image.searched:
        yield from style.wrap("  looked at  ", safe(place))


def _log(log: LogEntry) -> str:
    return f"log {log.log_id}, {safe(log.kind)} entry {log.index}, {log.proof.value}"


def _footer(style: Style, report: Report) -> Iterator[str]:
    policies = ", ".join(f"{safe(policy.name)} ({safe(policy.source)})" for policy in report.policies)
    yield from style.wrap("policies   ", policies or "none")
    root = report.trust_root
    yield from style.wrap("trust root ", f"{safe(root.source)}, {root.digest}" if root else "none")
    yield from style.wrap("judged at  ", f"{rfc3339(report.evaluated_at)}")
