"""``verify image``: the main job."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.commands import COMMANDS, PLANNED
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    RequireOption,
    ShowOptions,
    SignerOptions,
    TrustOptions,
    expanded,
    option,
)
from verifier.cli.progress import Progress
from verifier.errors import UsageError
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.report import Report

FORMATS = ("text", "json")

EPILOG = """Examples:

  verify cgr.dev/chainguard/nginx --platform linux/amd64

  verify ghcr.io/org/app:1.2 --policy policy.yaml -o json

  verify ghcr.io/org/app --key release.pub --require signature --require spdx

  verify oci:./layout --offline --trusted-root trusted_root.json --policy policy.yaml

Every option has an environment variable: VERIFY_TRUSTED_ROOT is --trusted-root.
"""

References = Annotated[
    list[str],
    typer.Argument(
        metavar="REFERENCE",
        help="\\[registry/]repository\\[:tag]\\[@sha256:…], oci:DIRECTORY or oci-archive:FILE.",
    ),
]
AtOption = Annotated[
    str | None,
    option("at", "Trust and time", "Judge by policies as of this RFC 3339 time.", metavar="TIME"),
]
OutputOption = Annotated[
    str, option("output", "Output", "Format of standard output: text or json.", "-o", metavar="FORMAT")
]
ReportOption = Annotated[
    list[str] | None,
    option("report", "Output", "Also write a report to a file. Repeatable.", metavar="FORMAT=FILE"),
]
SaveOption = Annotated[
    Path | None,
    option(
        "save-evidence",
        "Output",
        "Write an OCI layout with all that was used, enough to verify again with --offline.",
        metavar="DIRECTORY",
    ),
]


@expanded
def image(
    references: References,
    signer: SignerOptions,
    require: RequireOption,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    show: ShowOptions,
    at: AtOption = None,
    output_format: OutputOption = "text",
    report: ReportOption = None,
    save_evidence: SaveOption = None,
) -> None:
    """Verify images: fetch, verify, decode, evaluate, report."""
    output.require_choice(output_format, FORMATS, "--output")
    _require_images(references)
    files = [parse_report(text) for text in report or ()]
    for _, path in files:
        output.require_target(path)
    settings = replace(
        build_settings(
            signer=signer,
            require=require.require,
            platform=platform,
            trust=trust,
            fetch=fetch,
            cache=cache,
            at=at,
        ),
        save_evidence=save_evidence,
    )
    from verifier.verification import verify_images

    with Progress(sys.stderr, enabled=not show.quiet) as progress:
        result = verify_images(references, settings, progress=progress, warn=output.warn)
    for kind, path in files:
        output.write_file(path, render(kind, result, ShowOptions(no_color=True)))
    # The verdict is written last, and a pass is only one when it could be written.
    output.write(render(output_format, result, show))
    raise typer.Exit(result.exit_code)


def _require_images(references: list[str]) -> None:
    """Raise `UsageError` where a command stands behind options and so would be read as an image."""
    if references[0] in PLANNED:
        raise UsageError(
            f"'verify {references[0]}' is not there yet",
            hint=f"for the image of this name on Docker Hub write docker.io/library/{references[0]}",
        )
    if len(references) > 1 and references[0] in COMMANDS:
        name = references[0]
        raise UsageError(
            f"'{name}' is a command and must come first",
            hint=f"verify {name} …; for the image of that name write docker.io/library/{name}",
        )


def parse_report(text: str) -> tuple[str, Path]:
    """Read ``FORMAT=FILE``, or raise `UsageError`."""
    kind, separator, path = text.partition("=")
    if not separator or not path:
        raise UsageError(
            f"--report: {safe(text, limit=100)!r} is not FORMAT=FILE", hint="for example json=report.json"
        )
    output.require_choice(kind, FORMATS, "--report")
    return kind, Path(path)


def render(kind: str, report: Report, show: ShowOptions) -> str:
    """The report in the format ``kind``."""
    if kind == "json":
        from verifier.report.json_report import render_json

        return render_json(report)
    from verifier.report.text_report import render_text

    return render_text(
        report,
        colour=output.wants_colour(os.environ, no_color=show.no_color),
        width=output.width(),
        verbosity=-1 if show.quiet else int(show.verbose),
        ascii_only=not output.takes_marks(),
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("image", epilog=EPILOG, no_args_is_help=True)(image)
