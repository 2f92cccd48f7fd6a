"""The image is signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec
from verifier.policy.quorum import Quorum
from verifier.policy.rules.options import SIGNERS_OPTION, read_quorum
from verifier.policy.rules.outcome import passed
from verifier.policy.rules.refusal import Requirement, blobs, could_not_look, failure, refuse


@dataclass(frozen=True, slots=True)
class Signature:
    """An image signature by a ``quorum`` of signers on the platform's own manifest, or on the index that
    lists it.

    Any other statement is no signature of the image, whatever it says about it.
    """

    id: ClassVar[str] = "signature"
    quorum: Quorum

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.quorum.names

    def asks(self) -> str:
        """See `Rule.asks`."""
        return f"the platform or its index is signed by {self.quorum}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        requirement = Requirement(self.id, "image signature", self.signers, "SignatureError")
        direct = [s for s in case.by(self.signers) if _signs(s) and case.platform.digest in s.about]
        via_index = [s for s in case.by(self.signers) if _signs(s) and case.image.digest in s.about]
        enough = [
            found for found in (direct, via_index, direct + via_index) if self.quorum.met_by(found, case)
        ]
        if enough:
            found = enough[0]
            how = (
                " on its own manifest" if found is direct else " via the index" if found is via_index else ""
            )
            how = how if case.image.is_index else ""
            message = f"signed by {case.names(found, self.signers)}{how}"
            yield passed(self.id, case, message, blobs(found))
        elif not direct and not via_index:
            about = {case.platform.digest, case.image.digest}
            others = [s for s in case.others(self.signers) if _signs(s) and about.intersection(s.about)]
            yield refuse(requirement, case, others)
        elif case.image.unreadable:
            yield could_not_look(requirement, case)
        else:
            found = [*direct, *(s for s in via_index if s not in direct)]
            yield failure(
                requirement,
                case,
                f"{self.quorum.needed} distinct signers are wanted ({self.quorum}), signed by"
                f" {case.names(found, self.signers)}",
                hint="have it signed by whoever is missing",
                code="IdentityError",
                evidence=found,
            )


def _signs(statement: VerifiedStatement) -> bool:
    return statement.is_image_signature


def build(options: Mapping[str, Any], context: Context) -> Signature:
    """Make the rule from its options. Raises `OptionError`."""
    return Signature(read_quorum(options, context))


SPEC = RuleSpec(
    id=Signature.id,
    title="Image signature",
    what="""\
An image signature on the platform's own manifest, or on the index that lists it. A cosign signature, or a
statement of type `https://sigstore.dev/cosign/sign/v1`. No other attestation is a signature.""",
    options={"signers": SIGNERS_OPTION},
    example="""\
- signature:
    signers: [release]
""",
    fix="Sign the image (`cosign sign`) by digest as a wanted signer, and copy signatures along with images.",
    build=build,
)
