"""``verify image``: the main job."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.commands import COMMANDS
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
from verifier.cli.reporting import OutputOption, Reporting, ReportOption, VerifierOption
from verifier.errors import UsageError

EPILOG = """Examples:

  verify cgr.dev/chainguard/nginx --platform linux/amd64

  verify ghcr.io/org/app:1.2 --policy policy.yaml -o json

  verify ghcr.io/org/app --key release.pub --require signature --require spdx

  verify ghcr.io/org/app:1.2 --policy policy.yaml --report sarif=verify.sarif --report html=verify.html

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
    verifier_id: VerifierOption = None,
    save_evidence: SaveOption = None,
) -> None:
    """Verify images: fetch, verify, decode, evaluate, report."""
    reporting = Reporting.parse(output_format, report, verifier_id, show)
    _require_images(references)
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
    reporting.report(result)
    raise typer.Exit(result.exit_code)


def _require_images(references: list[str]) -> None:
    """Raise `UsageError` where a command stands behind options and so would be read as an image."""
    if len(references) > 1 and references[0] in COMMANDS:
        name = references[0]
        raise UsageError(
            f"'{name}' is a command and must come first",
            hint=f"verify {name} …; for the image of that name write docker.io/library/{name}",
        )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("image", epilog=EPILOG, no_args_is_help=True)(image)
