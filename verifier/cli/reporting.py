"""Reports in every format: to standard output and to files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Self

from verifier.cli import output
from verifier.cli.options import ShowOptions, option
from verifier.errors import UsageError
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.report import Report
    from verifier.model.sbom import Sbom
    from verifier.report.view import Document, RuleText

_NO_SBOMS: Mapping[str, Sbom] = MappingProxyType({})
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
        "Also write a report to a file. Repeatable.",
        metavar="FORMAT=FILE",
    ),
]


VerifierOption = Annotated[
    str | None,
    option(
        "verifier-id",
        "Output",
        "Who verified, in reports of format vsa: a URI that those who trust their signer look for.",
        metavar="URI",
    ),
]
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


@dataclass(frozen=True, slots=True)
class Reporting:
    """Which reports are wanted: the format of standard output, and files with theirs."""

    kind: str
    files: tuple[tuple[str, Path], ...]
    verifier: str | None
    show: ShowOptions

    @classmethod
    def parse(cls, kind: str, reports: Sequence[str] | None, verifier: str | None, show: ShowOptions) -> Self:
        """Read the options. Raises where one is wrong or a file could not be written: better before anything
        is judged."""
        output.require_choice(kind, FORMATS, "--output")
        files = tuple(parse_report(text) for text in reports or ())
        for _, path in files:
            output.require_target(path)
        if len({path for _, path in files}) < len(files):
            raise UsageError("--report: two reports would be written to one file", hint="name another file")
        if verifier is not None and not _URI.fullmatch(verifier):
            raise UsageError(
                f"--verifier-id: {safe(verifier, limit=100)!r} is no URI",
                hint="for example https://ci.example.com/verify",
            )
        return cls(kind, files, verifier, show)

    @property
    def shows_contents(self) -> bool:
        """Whether one of them shows what is in the SBOMs."""
        return "html" in {self.kind, *(kind for kind, _ in self.files)}

    def report(self, report: Report) -> None:
        """Write the reports of a run; raises `OutputError` where one could not be written, all of it."""
        from verifier.report.json_report import report_document
        from verifier.report.view import contents

        self.document(report_document(report), contents(report))

    def document(self, document: Document, sboms: Mapping[str, Sbom] = _NO_SBOMS) -> None:
        """The same of a report document; ``sboms`` under the digests of platforms, where they are at hand."""
        for kind, path in self.files:
            text = self._rendered(kind, document, sboms, ShowOptions(no_color=True))
            output.write_file(path, text)
        # The verdict is written last, and a pass is only one when it could be written.
        _write(self.kind, self._rendered(self.kind, document, sboms, self.show))

    def _rendered(self, kind: str, document: Document, sboms: Mapping[str, Sbom], show: ShowOptions) -> str:
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
        from verifier.report.view import Extras

        return RENDERERS[kind](document, Extras(_explained(kind), sboms, self.verifier))


def parse_report(text: str) -> tuple[str, Path]:
    """Read ``FORMAT=FILE``, or raise `UsageError`."""
    kind, separator, path = text.partition("=")
    if not separator or not path:
        raise UsageError(
            f"--report: {safe(text, limit=100)!r} is not FORMAT=FILE", hint="for example json=report.json"
        )
    output.require_choice(kind, FORMATS, "--report")
    return kind, Path(path)


def _explained(kind: str) -> Mapping[str, RuleText]:
    """What rules mean, for the formats that say it."""
    if kind not in {"sarif", "html"}:
        return {}
    from verifier.policy.catalogue import RULES
    from verifier.report.view import RuleText

    return {name: RuleText(spec.title, spec.what, spec.fix) for name, spec in RULES.items()}


def _write(kind: str, text: str) -> None:
    """Write a report to standard output, all of it, or raise `OutputError`."""
    from verifier.report.formats import COMMANDS

    if kind in COMMANDS:
        output.write_bytes(text.encode("utf-8", "backslashreplace"))
    else:
        output.write(text)
