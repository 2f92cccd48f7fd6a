"""``verify bundle``: one Sigstore bundle against a file or a digest."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.inspect import signer_text
from verifier.cli.options import CacheOptions, FetchOptions, SignerOptions, TrustOptions, expanded, option
from verifier.cli.progress import Progress
from verifier.errors import ManifestError, RejectedError, UnavailableError, UsageError, VerifierError
from verifier.local_files import pieces
from verifier.model.finding import verdict_of
from verifier.text import rfc3339, safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from verifier.model.digest import Digest
    from verifier.model.verified import VerifiedStatement

EPILOG = """Examples:

  verify bundle app.tar.gz.sigstore.json --artifact app.tar.gz --key release.pub

  verify bundle provenance.sigstore.json --artifact sha256:… --policy policy.yaml
"""

ArtifactOption = Annotated[
    str,
    option(
        "artifact",
        "What is judged",
        "The file that the bundle is about, or its digest.",
        metavar="FILE|sha256:HEX",
    ),
]
BundleArgument = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A Sigstore bundle file.")]
FormatOption = Annotated[
    str, option("output", "Output", "Format of standard output: text or json.", "-o", metavar="FORMAT")
]


@expanded
def bundle(
    bundle_file: BundleArgument,
    artifact: ArtifactOption,
    signer: SignerOptions,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    output_format: FormatOption = "text",
) -> None:
    """Verify one Sigstore bundle file against a file or a digest. Somebody must be wanted as signer."""
    output.require_choice(output_format, ("text", "json"), "--output")
    settings = build_settings(signer=signer, trust=trust, fetch=fetch, cache=cache)
    from verifier.assembly import Session
    from verifier.verification import verify_bundle

    with (
        Progress(sys.stderr, enabled=True) as progress,
        Session(settings, progress=progress, warn=output.warn) as session,
    ):
        if not session.policies:
            raise UsageError(
                "nobody is wanted as signer of the bundle",
                hint="give --certificate-identity with --certificate-oidc-issuer, --key, or --policy",
            )
        digest = _digest(artifact, session.deadline.left)
        try:
            verified, names = verify_bundle(session, bundle_file, digest)
        except (RejectedError, UnavailableError) as error:
            if output_format != "json":
                raise
            output.write(_refusal(error))
            raise typer.Exit(int(verdict_of(error))) from None
    output.write(
        _json(verified, names, digest) if output_format == "json" else _text(verified, names, digest)
    )


def _digest(text: str, left: Callable[[], float]) -> Digest:
    """The digest, or that of the file. Raises `ManifestError`, and what ``left`` raises when time is up."""
    from verifier.model.digest import Digest

    if text.startswith("sha256:"):
        return Digest.parse(text)
    hasher = hashlib.sha256()
    try:
        for piece in pieces(Path(text), left):
            hasher.update(piece)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ManifestError(
            f"cannot read the artifact {safe(text)}: {getattr(error, 'strerror', None) or safe(error)}"
        ) from error
    return Digest(hasher.hexdigest())


def _text(verified: VerifiedStatement, names: tuple[str, ...], digest: Digest) -> str:
    content = verified.statement
    kind = f"attestation of type {safe(content.predicate_type)}" if content else "signature"
    time = f"{rfc3339(verified.signed_at)}" if verified.signed_at else "no trusted time"
    log = (
        f"{verified.log.kind} #{verified.log.index} ({verified.log.proof.value})" if verified.log else "none"
    )
    return (
        f"PASS  {kind} over {digest}\n"
        f"  signed by {signer_text(verified.signer)} (accepted as {', '.join(names)})\n"
        f"  signed at {time}\n"
        f"  log entry {log}\n"
    )


def _json(verified: VerifiedStatement, names: tuple[str, ...], digest: Digest) -> str:
    from verifier.report.inert import inert_json
    from verifier.report.json_report import statement_document

    document = {"verdict": "pass", **statement_document(verified, digest, "image", names)}
    return inert_json(json.dumps(document, indent=2)) + "\n"


def _refusal(error: VerifierError) -> str:
    from verifier.report.inert import inert_json

    document = {
        "verdict": str(verdict_of(error)),
        "code": error.code,
        "message": safe(error.message, limit=2000),
        "hint": None if error.hint is None else safe(error.hint, limit=2000),
    }
    return inert_json(json.dumps(document, indent=2)) + "\n"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bundle", epilog=EPILOG, no_args_is_help=True)(bundle)
