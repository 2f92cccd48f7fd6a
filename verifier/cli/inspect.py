"""What the commands that show evidence have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli import output
from verifier.cli.options import option
from verifier.cli.progress import Progress
from verifier.errors import IdentityError, PlatformError, StatementError, UsageError
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.evidence import ImageEvidence, PlatformImage
    from verifier.model.verified import Signer, VerifiedStatement
    from verifier.settings import Settings
    from verifier.verification import Inspection

Reference = Annotated[
    str,
    typer.Argument(
        metavar="REFERENCE",
        help="\\[registry/]repository\\[:tag]\\[@sha256:…], oci:DIRECTORY or oci-archive:FILE.",
    ),
]
AnySigner = Annotated[
    bool,
    option(
        "any-signer",
        "Who must have signed",
        "Show what is signed by anybody; each signer is shown as not judged.",
    ),
]


def look(reference: str, settings: Settings, *, judged: bool) -> Inspection:
    """Fetch and verify the evidence of an image. Raises `VerifierError`.

    With ``judged`` somebody must be wanted, by a policy or by options.
    """
    from verifier.assembly import Session
    from verifier.verification import inspect_image

    with (
        Progress(sys.stderr, enabled=True) as progress,
        Session(settings, progress=progress, warn=output.warn) as session,
    ):
        inspection = inspect_image(session, reference, judged=judged)
    evidence = inspection.evidence
    for place in dict.fromkeys((*evidence.unreadable, *evidence.unread)):
        output.warn(f"could not look at {place.place}: {place.reason}")
    if judged and not inspection.policies:
        raise UsageError(
            f"nobody is wanted as signer of {safe(reference)}",
            hint="give --policy, --key, an identity with its issuer, or --any-signer",
        )
    return inspection


def shown(inspection: Inspection, *, any_signer: bool) -> list[tuple[VerifiedStatement, tuple[str, ...]]]:
    """The statements to show, each with the names of the wanted signers that it is by.

    With ``any_signer`` everybody's. Raises `IdentityError` or `StatementError` where there is none.
    """
    if any_signer:
        accepted = {id(item.statement): item.accepted_by for item in inspection.accepted}
        found = [(s, accepted.get(id(s), ())) for s in inspection.evidence.statements]
    else:
        found = [(item.statement, item.accepted_by) for item in inspection.accepted]
    if found:
        return found
    others = sorted({signer_text(s.signer) for s in inspection.evidence.statements})
    if others:
        raise IdentityError(
            f"nothing is signed by a wanted signer; found {'; '.join(others[:5])}",
            hint="--any-signer shows what others signed",
        )
    for rejection in inspection.evidence.rejections:
        output.say(f"rejected: {rejection.digest} {rejection.code}: {safe(rejection.reason)}")
    raise StatementError(
        "no verified signature or attestation was found",
        hint="'verify tree REFERENCE' shows what is attached to the image, verified or not",
    )


def signer_text(signer: Signer) -> str:
    """Who signed, for people."""
    from verifier.policy.identities import describe

    return describe(signer)


def judgement(inspection: Inspection, names: tuple[str, ...]) -> str:
    """What is to be said of a signer who is wanted under these ``names``."""
    if names:
        return f"accepted as {', '.join(names)}"
    return "signer not wanted" if inspection.policies else "signer not judged"


def scope(statement: VerifiedStatement, evidence: ImageEvidence) -> str:
    """What a statement is about, in words: the index, or the platforms by name."""
    if not evidence.is_index:
        return "image"
    names = ["index"] if evidence.digest in statement.about else []
    names += [platform_name(image) for image in evidence.platforms if image.digest in statement.about]
    return ", ".join(names)


def platform_name(image: PlatformImage) -> str:
    """A platform's name, or its digest where it has none."""
    return safe(image.platform or image.digest)


def only_platform(evidence: ImageEvidence) -> PlatformImage:
    """The one platform that was asked for. Raises `UsageError` where there are several."""
    if not evidence.platforms:
        raise PlatformError("the image has no platform")
    if len(evidence.platforms) > 1:
        names = ", ".join(platform_name(image) for image in evidence.platforms)
        raise UsageError(f"the image has several platforms: {names}", hint="choose one with --platform")
    return evidence.platforms[0]


def newest(statements: Iterable[VerifiedStatement]) -> VerifiedStatement:
    """The one that was signed last; of those without a time, or at one time, always the same."""
    return max(statements, key=lambda s: (s.signed_at.timestamp() if s.signed_at else 0.0, str(s.evidence)))
