"""``verify tree``: what is attached to an image and where, verified or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.inspect import Reference, judgement, look, platform_name, signer_text
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    SignerOptions,
    TrustOptions,
    expanded,
)
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.digest import Digest
    from verifier.model.verified import VerifiedStatement
    from verifier.verification import Inspection

EPILOG = "Example:\n\n  verify tree cgr.dev/chainguard/nginx"


@expanded
def tree(
    reference: Reference,
    signer: SignerOptions,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
) -> None:
    """Show all that is attached to an image and where it lies, each item marked.

    'verified' means that the signature holds, not that the signer is one you want.
    """
    settings = build_settings(signer=signer, platform=platform, trust=trust, fetch=fetch, cache=cache)
    inspection = look(reference, settings, judged=False)
    output.write("".join(f"{line}\n" for line in _lines(inspection)))


def _lines(inspection: Inspection) -> Iterator[str]:
    evidence = inspection.evidence
    yield f"{safe(evidence.name)}@{evidence.digest}  {safe(evidence.media_type)}"
    yield from _about(inspection, evidence.digest, "  ")
    for image in evidence.platforms if evidence.is_index else ():
        yield f"  {platform_name(image)}  {image.digest}"
        yield from _about(inspection, image.digest, "    ")
    for rejection in evidence.rejections:
        where = safe(", ".join(rejection.stored_at))
        yield f"  REJECTED  {rejection.digest}  {where}"
        yield f"            {rejection.code}: {safe(rejection.reason)}"
    for item in evidence.unsigned:
        where = safe(", ".join(item.stored_at))
        yield f"  UNSIGNED  {item.digest}  {safe(item.predicate_type or 'unknown type')}  {where}"
    for place in evidence.unreadable:
        yield f"  UNKNOWN   could not look at {safe(place.place)}: {safe(place.reason)}"


def _about(inspection: Inspection, digest: Digest, indent: str) -> Iterator[str]:
    accepted = {id(item.statement): item.accepted_by for item in inspection.accepted}
    for statement in inspection.evidence.statements:
        if digest in statement.about:
            names = accepted.get(id(statement), ())
            yield f"{indent}verified  {_kind(statement)}  {statement.evidence}"
            yield f"{indent}          by {signer_text(statement.signer)} ({judgement(inspection, names)})"
            yield f"{indent}          in {safe(', '.join(statement.stored_at))}"


def _kind(statement: VerifiedStatement) -> str:
    content = statement.statement
    return "image signature" if content is None else safe(content.predicate_type, limit=200)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tree", epilog=EPILOG, no_args_is_help=True)(tree)
