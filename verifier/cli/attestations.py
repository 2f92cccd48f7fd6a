"""``verify attestations``: what is attested about an image, and each predicate as it was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.inspect import AnySigner, Reference, judgement, look, newest, scope, shown, signer_text
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    SignerOptions,
    TrustOptions,
    expanded,
    option,
)
from verifier.errors import StatementError, UsageError
from verifier.text import rfc3339, safe

if TYPE_CHECKING:
    from verifier.model.verified import VerifiedStatement
    from verifier.verification import Inspection

EPILOG = """Examples:

  verify attestations cgr.dev/chainguard/nginx

  verify attestations cgr.dev/chainguard/nginx --platform linux/amd64 --type slsa-provenance --predicate | jq
"""

TypeOption = Annotated[
    str | None,
    option("type", "Output", "Only this predicate type, an alias or a URI.", metavar="TYPE"),
]
PredicateOption = Annotated[
    bool, option("predicate", "Output", "Print the predicate, byte for byte as it was signed.")
]


@expanded
def attestations(
    reference: Reference,
    signer: SignerOptions,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    any_signer: AnySigner = False,
    predicate_type: TypeOption = None,
    predicate: PredicateOption = False,
) -> None:
    """List the verified attestations of an image, or print one predicate.

    Only what is verified and signed by a wanted signer is shown, unless --any-signer is given.
    """
    from verifier.model.predicate import parse_predicate_type

    if predicate_type is not None:
        parse_predicate_type(predicate_type)
    elif predicate:
        raise UsageError("--predicate needs --type", hint="for example --type spdx --predicate")
    settings = build_settings(signer=signer, platform=platform, trust=trust, fetch=fetch, cache=cache)
    inspection = look(reference, settings, judged=not any_signer)
    chosen = _chosen(inspection, predicate_type, any_signer=any_signer)
    if predicate:
        _print_predicate(inspection, [statement for statement, _ in chosen])
        return
    for statement, names in chosen:
        _print_line(inspection, statement, names)


def _chosen(
    inspection: Inspection, predicate_type: str | None, *, any_signer: bool
) -> list[tuple[VerifiedStatement, tuple[str, ...]]]:
    from verifier.model.predicate import matches

    found = [(s, names) for s, names in shown(inspection, any_signer=any_signer) if s.statement is not None]
    chosen = [
        (s, names)
        for s, names in found
        if s.statement and (predicate_type is None or matches(predicate_type, s.statement.predicate_type))
    ]
    if chosen:
        return chosen
    types = sorted({s.statement.predicate_type for s, _ in found if s.statement})
    raise StatementError(
        f"no verified attestation of type {safe(predicate_type or 'any')}",
        hint=f"there are {', '.join(map(safe, types))}" if types else None,
    )


def _print_predicate(inspection: Inspection, statements: list[VerifiedStatement]) -> None:
    """Print the one predicate that is meant: about the one platform if any is, else about the index."""
    from verifier.attestation.verbatim import predicate_text

    evidence = inspection.evidence
    about = [s for s in statements if any(image.digest in s.about for image in evidence.platforms)]
    if about and len(evidence.platforms) > 1:
        raise UsageError("several platforms have such an attestation", hint="choose one with --platform")
    statement = newest(about or statements)
    if len(about or statements) > 1:
        output.say(
            f"note: {len(about or statements)} attestations match; this is the newest, {statement.evidence}"
        )
    if statement.statement is not None:
        output.write_json(predicate_text(statement.statement.payload))


def _print_line(inspection: Inspection, statement: VerifiedStatement, names: tuple[str, ...]) -> None:
    content = statement.statement
    time = f"{rfc3339(statement.signed_at)}" if statement.signed_at else "no trusted time"
    log = (
        f"{statement.log.kind} #{statement.log.index}, {statement.log.proof.value}"
        if statement.log
        else "not logged"
    )
    who = signer_text(statement.signer)
    output.write(
        f"{safe(content.predicate_type if content else '', limit=200)}\n"
        f"  about     {scope(statement, inspection.evidence)}\n"
        f"  signed by {who} ({judgement(inspection, names)})\n"
        f"  signed at {time} (log: {log})\n"
        f"  evidence  {statement.evidence} ({safe(', '.join(statement.stored_at))})\n"
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("attestations", epilog=EPILOG, no_args_is_help=True)(attestations)
