"""``verify report``: saved reports in other formats, and several in one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.options import ShowOptions, expanded, option
from verifier.cli.reporting import OutputOption, Reporting, ReportOption, VerifierOption
from verifier.errors import ReportError
from verifier.limits import REPORT_BYTES, REPORT_FILES
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.report.view import Document

group = typer.Typer(
    no_args_is_help=True, help="Reports that were saved as JSON: show them in other formats, merge them."
)

ExitCodeOption = Annotated[
    bool, option("exit-code", "Output", "End with the exit code of the report instead of 0.")
]


@group.command(
    epilog="Examples:\n\n  verify report show report.json\n\n"
    "  verify report show report.json -o sarif > verify.sarif\n\n"
    "  verify report show report.json --report html=report.html --report junit=report.xml"
)
@expanded
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JSON report, or - for standard input.")],
    show: ShowOptions,
    output_format: OutputOption = "text",
    report: ReportOption = None,
    verifier_id: VerifierOption = None,
    exit_code: ExitCodeOption = False,
) -> None:
    """Show a report that was saved as JSON, in any format.

    Nothing is verified again: the report says what was so when it was made, and nobody signed it. A file that
    is no report, or contradicts itself, ends the run with 2.
    """
    reporting = Reporting.parse(output_format, report, verifier_id, show)
    document = _read(file)
    reporting.document(document)
    raise typer.Exit(document["exitCode"] if exit_code else 0)


@group.command(
    epilog="Examples:\n\n  verify report merge worker-*.json -o json > fleet.json\n\n"
    "  verify report merge one.json two.json --report html=both.html --exit-code"
)
@expanded
def merge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="JSON reports.")],
    show: ShowOptions,
    output_format: OutputOption = "text",
    report: ReportOption = None,
    verifier_id: VerifierOption = None,
    exit_code: ExitCodeOption = False,
) -> None:
    """Merge reports that were saved as JSON: all their images, with the worst verdict.

    The time is the earliest of theirs. Reports that were made with different trust roots are not merged.
    """
    from verifier.report.merge import merge_reports

    reporting = Reporting.parse(output_format, report, verifier_id, show)
    if len(files) > REPORT_FILES:
        raise ReportError(f"more than {REPORT_FILES} reports", hint="merge them in two steps")
    merged = merge_reports([(str(file), _read(file)) for file in files], warn=output.warn)
    reporting.document(merged)
    raise typer.Exit(merged["exitCode"] if exit_code else 0)


def _read(file: Path) -> Document:
    from verifier.local_files import read_bounded
    from verifier.report.saved import read_report

    try:
        if str(file) == "-":
            raw = sys.stdin.buffer.read(REPORT_BYTES + 1)
        else:
            raw = read_bounded(file, REPORT_BYTES)
    except OSError as error:
        raise ReportError(f"cannot read the report {safe(file)}: {error.strerror}") from error
    return read_report(raw, str(file))


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="report")
