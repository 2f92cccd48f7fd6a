"""Reports in every format: to standard output and to files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from verifier.cli import output
from verifier.cli.options import ShowOptions, option
from verifier.errors import UsageError
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.report import Report
    from verifier.report.view import Document, Extras, RuleText

FORMATS = (
    "text",
    "json",
    "sarif",
    "junit",
    "markdown",
    "html",
    "vsa",
    "github",
    "policy-report",
    "openreports",
)
OutputOption = Annotated[
    str,
    option("output", "Output", f"Format of standard output: {', '.join(FORMATS)}.", "-o", metavar="FORMAT"),
]
ReportOption = Annotated[
    list[str] | None,
    option(
        "report",
        "Output",
        "Also write a report to a file, in any format of --output. Repeatable.",
        metavar="FORMAT=FILE",
    ),
]


def parse_report(text: str) -> tuple[str, Path]:
    """Read ``FORMAT=FILE``, or raise `UsageError`."""
    kind, separator, path = text.partition("=")
    if not separator or not path:
        raise UsageError(
            f"--report: {safe(text, limit=100)!r} is not FORMAT=FILE", hint="for example json=report.json"
        )
    output.require_choice(kind, FORMATS, "--report")
    return kind, Path(path)


def parse_reports(texts: Sequence[str] | None) -> list[tuple[str, Path]]:
    """Read every ``FORMAT=FILE``; raises where one cannot be written, before anything is judged."""
    files = [parse_report(text) for text in texts or ()]
    for _, path in files:
        output.require_target(path)
    if len({path for _, path in files}) < len(files):
        raise UsageError("--report: two reports would be written to one file", hint="name another file")
    return files


def render(kind: str, report: Report, show: ShowOptions) -> str:
    """The report of a run in the format ``kind``."""
    from verifier.report.json_report import report_document
    from verifier.report.view import extras

    return render_document(kind, report_document(report), extras(report, explained(kind)), show)


def render_document(kind: str, document: Document, extras: Extras, show: ShowOptions) -> str:
    """A report document in the format ``kind``."""
    if kind == "text":
        from verifier.report.text_report import render_text_document

        return render_text_document(
            document,
            colour=output.wants_colour(os.environ, no_color=show.no_color),
            width=output.width(),
            verbosity=-1 if show.quiet else int(show.verbose),
            ascii_only=not output.takes_marks(),
        )
    from verifier.report.formats import RENDERERS

    return RENDERERS[kind](document, extras)


def explained(kind: str) -> Mapping[str, RuleText]:
    """What rules mean, for the formats that say it."""
    if kind not in {"sarif", "html"}:
        return {}
    from verifier.policy.catalogue import RULES
    from verifier.report.view import RuleText

    return {name: RuleText(spec.title, spec.what, spec.fix) for name, spec in RULES.items()}


def write(kind: str, text: str) -> None:
    """Write a report to standard output, all of it, or raise `OutputError`."""
    from verifier.report.formats import COMMANDS

    if kind in COMMANDS:
        output.write_bytes(text.encode("utf-8", "backslashreplace"))
    else:
        output.write(text)
