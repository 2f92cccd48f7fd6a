"""``verify policy test``: cases beside a policy."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.options import TrustOptions, option
from verifier.cli.progress import Progress
from verifier.cli.reporting import ReportOption
from verifier.errors import UsageError
from verifier.model.finding import Verdict
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.policy_cases import CaseResult, FileResult
    from verifier.report.junit import JunitCase
    from verifier.report.text_report import Style

_FORMATS = ("junit",)
_DIFFERS = 1
EPILOG = """Examples:

  verify policy test policies

  verify policy test app.test.yaml --report junit=report.xml
"""

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH",
        help="Test files, or directories in which files called NAME.test.yaml are looked for. Default: here.",
        show_default=False,
    ),
]
NoColorOption = Annotated[bool, option("no-color", "Output", "No colour.")]


def run(paths: Paths = None, report: ReportOption = None, no_color: NoColorOption = False) -> None:
    """Run the cases beside policies: evidence that was saved, and what a policy must say of it.

    No network is used. The exit code is 1 where a case differs, and 2 where a test file is wrong. The only
    format of --report is junit.
    """
    targets = [_target(text) for text in report or ()]
    for path in targets:
        output.require_target(path)
    from verifier.policy_cases import read_case_files, run_cases

    files = read_case_files(paths or [Path()])
    settings = build_settings(trust=TrustOptions(offline=True))
    with Progress(sys.stderr, enabled=True) as progress:
        results = list(run_cases(files, settings, progress=progress))
    for path in targets:
        output.write_file(path, _junit(results))
    output.write("".join(f"{line}\n" for line in _lines(results, no_color=no_color)))
    if any(result.differences for file in results for result in file.results):
        raise typer.Exit(_DIFFERS)


def _target(text: str) -> Path:
    """The file of ``junit=FILE``, or `UsageError`."""
    kind, separator, path = text.partition("=")
    if not separator or not path:
        raise UsageError(
            f"--report: {safe(text, limit=100)!r} is not FORMAT=FILE", hint="for example junit=report.xml"
        )
    output.require_choice(kind, _FORMATS, "--report")
    return Path(path)


def _lines(files: Sequence[FileResult], *, no_color: bool) -> Iterator[str]:
    from verifier.report.text_report import Style

    style = Style(
        output.wants_colour(os.environ, no_color=no_color),
        output.width(),
        verbosity=0,
        ascii_only=not output.takes_marks(),
    )
    for file in files:
        yield style.shown(f"{safe(file.file.path)} (policy {safe(_policy(file))})")
        column = min(max(len(safe(result.case.name)) for result in file.results), 60)
        for result in file.results:
            yield from _result(style, result, column)
        yield ""
    results = [result for file in files for result in file.results]
    different = sum(bool(result.differences) for result in results)
    cases = "1 case" if len(results) == 1 else f"{len(results)} cases"
    said = f"{different} of {cases} {'differs' if different == 1 else 'differ'}"
    yield (
        style.paint(said, "bold red") if different else style.paint(f"{cases}, all as expected", "bold green")
    )


def _result(style: Style, result: CaseResult, column: int) -> Iterator[str]:
    good = not result.differences
    mark = ("ok" if good else "x") if style.ascii_only else ("✓" if good else "✗")
    name = style.shown(safe(result.case.name))
    yield f"  {style.paint(mark, 'green' if good else 'red')} {name:<{column}}  {result.verdict}"
    for line in _differences(result):
        yield from style.wrap("      ", line)


def _differences(result: CaseResult) -> Iterator[str]:
    for item in result.differences:
        yield f"{safe(item.what)}: expected {safe(item.expected)}, found {safe(item.found)}"
        yield from (f"- {safe(text, limit=2000)}" for text in item.said)


def _policy(file: FileResult) -> str:
    """The policy as people know it: a shipped one by its name, a file by its path from here."""
    path = Path(file.file.policy)
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _junit(files: Sequence[FileResult]) -> str:
    from verifier.report.junit import JunitSuite, render_junit

    return render_junit(
        [
            JunitSuite(
                str(file.file.path), tuple(_junit_case(_policy(file), result) for result in file.results)
            )
            for file in files
        ]
    )


def _junit_case(policy: str, result: CaseResult) -> JunitCase:
    from verifier.report.junit import JunitCase

    problems = [f"{item.what}: expected {item.expected}, found {item.found}" for item in result.differences]
    return JunitCase(
        result.case.name,
        policy,
        problem="; ".join(problems) or None,
        details=tuple(_differences(result)),
        is_error=result.verdict is Verdict.ERROR,
    )
