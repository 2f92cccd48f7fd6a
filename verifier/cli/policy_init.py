"""``verify policy init``: a policy for an image, drafted from what is attached to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from verifier.cli import output
from verifier.cli.build import build_settings
from verifier.cli.image import AtOption
from verifier.cli.inspect import Reference, look
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    SignerOptions,
    TrustOptions,
    expanded,
    option,
)
from verifier.errors import RegistryError, StatementError
from verifier.text import safe

if TYPE_CHECKING:
    from verifier.model.evidence import ImageEvidence

EPILOG = """Examples:

  verify policy init ghcr.io/org/app:1.2 --write-policy policy.yaml

  verify policy init ghcr.io/org/app:1.2 --key release.pub
"""

KeyOption = Annotated[
    list[Path] | None,
    option(
        "key",
        "Who must have signed",
        "A public key (PEM) instead of an identity. Repeatable.",
        metavar="FILE",
    ),
]
WriteOption = Annotated[
    Path | None,
    option(
        "write-policy", "Output", "Write the policy to a new file. Default: standard output.", metavar="FILE"
    ),
]


@expanded
def run(
    reference: Reference,
    platform: PlatformOption,
    trust: TrustOptions,
    fetch: FetchOptions,
    cache: CacheOptions,
    at: AtOption = None,
    key: KeyOption = None,
    write: WriteOption = None,
) -> None:
    """Write the tightest sensible policy for an image, from its verified evidence, ready to edit.

    Anybody can sign anything: check that the signers in it are those that you expect. What a managed key
    signed is found where --key names it.
    """
    if write is not None:
        output.require_new(write)
    settings = build_settings(
        signer=SignerOptions(key=key), platform=platform, trust=trust, fetch=fetch, cache=cache, at=at
    )
    from verifier.model.reference import LayoutReference
    from verifier.model.reference_parser import parse_reference
    from verifier.policy.drafting.draft import Drafting, Found
    from verifier.policy.signers import KeyIdentity
    from verifier.sbom.reader import read_sbom, validate_attested

    inspection = look(reference, settings, judged=False)
    _require_verified(inspection.evidence)
    identities = [signer for policy in inspection.policies for signer in policy.signers.values()]
    found = Found(
        evidence=inspection.evidence,
        name=inspection.name,
        claimed=isinstance(parse_reference(reference), LayoutReference),
        keys={i.key.fingerprint: i.key for i in identities if isinstance(i, KeyIdentity)},
        left_out=inspection.gathered.left_out,
        now=settings.at,
    )
    text = Drafting(found, decode=read_sbom, validate=validate_attested).text()
    if write is None:
        output.write(text)
    else:
        output.write_new(write, text)
        output.say(
            f"{safe(write)} is written, and the image passes it; 'verify policy explain' tells what it asks"
        )
    output.warn("anybody can sign anything: check that the signers in this policy are those that you expect")


def _require_verified(evidence: ImageEvidence) -> None:
    """Raise `StatementError` where nothing is verified, or `RegistryError` where it may lie out of reach."""
    if evidence.statements:
        return
    for rejection in evidence.rejections:
        output.say(f"rejected: {rejection.digest} {rejection.code}: {safe(rejection.reason)}")
    if evidence.unreadable:
        place = evidence.unreadable[0]
        raise RegistryError(
            f"no verified signature or attestation was found, and {place.place} could not be looked at:"
            f" {place.reason}",
            hint=place.hint,
        )
    raise StatementError(
        "no verified signature or attestation was found, so there is nothing that a policy could ask for",
        hint="'verify tree REFERENCE' shows what is attached to the image; --key looks for a managed key's",
    )
