"""The image is signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.quorum import Quorum
from verifier.policy.rules.options import (
    ON_OPTION,
    SIGNERS_OPTION,
    TERMS_OPTIONS,
    read_quorum,
    read_terms,
)
from verifier.policy.rules.outcome import passed
from verifier.policy.rules.refusal import Requirement, blobs, could_not_look, failure, refuse
from verifier.policy.rules.terms import NO_TERMS, On, Terms, subjects


@dataclass(frozen=True, slots=True)
class Signature:
    """An image signature by a ``quorum`` of signers on the platform's own manifest, or on the index that
    lists it; ``on`` narrows that. Those that do not fulfil the ``terms`` do not count.

    Any other statement is no signature of the image, whatever it says about it.
    """

    id: ClassVar[str] = "signature"
    quorum: Quorum
    on: On = "either"
    terms: Terms = NO_TERMS

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.quorum.names

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        return Withheld.PASS

    def asks(self) -> str:
        """See `Rule.asks`."""
        what = {"either": "the platform or its index", "platform": "the platform", "index": "the index"}
        return f"{what[self.on]} is signed by {self.quorum}{self.terms}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        requirement = Requirement(self.id, "image signature", self.signers, "SignatureError")
        about = subjects(self.on, case)
        found = [s for s in case.by(self.signers) if _signs(s) and about.intersection(s.about)]
        unfit = {id(s): reason for s in found if (reason := self.terms.unfit(s, case.now)) is not None}
        counting = [s for s in found if id(s) not in unfit]
        direct = [s for s in counting if case.platform.digest in s.about]
        via_index = [s for s in counting if case.image.digest in s.about]
        enough = [group for group in (direct, via_index, counting) if self.quorum.met_by(group, case)]
        if enough:
            how = {id(direct): " on its own manifest", id(via_index): " via the index"}.get(id(enough[0]), "")
            how = how if case.image.is_index else ""
            message = f"signed by {case.names(enough[0], self.signers)}{how}"
            yield passed(self.id, case, message, blobs(enough[0]))
        elif not found:
            others = [s for s in case.others(self.signers) if _signs(s) and about.intersection(s.about)]
            yield refuse(requirement, case, others)
        elif case.image.unreadable:
            yield could_not_look(requirement, case)
        else:
            yield self._too_few(requirement, found, counting, sorted(unfit.values()), case)

    def _too_few(
        self,
        requirement: Requirement,
        found: Sequence[VerifiedStatement],
        counting: Sequence[VerifiedStatement],
        unfit: Sequence[str],
        case: Case,
    ) -> Finding:
        problems = [f"one {reason}" for reason in dict.fromkeys(unfit)]
        if counting:
            by = case.names(counting, self.signers)
            problems.append(
                f"{self.quorum.needed} distinct signers are wanted ({self.quorum}), signed by {by}"
            )
        return failure(
            requirement,
            case,
            "; ".join(problems)
            if counting and not unfit
            else f"no acceptable signature: {'; '.join(problems)}",
            hint="have it signed anew, or by whoever is missing",
            code="IdentityError" if counting else None,
            evidence=found,
        )


def _signs(statement: VerifiedStatement) -> bool:
    return statement.is_image_signature


def build(options: Mapping[str, Any], context: Context) -> Signature:
    """Make the rule from its options. Raises `OptionError`."""
    return Signature(read_quorum(options, context), options.get("on", "either"), read_terms(options))


SPEC = RuleSpec(
    id=Signature.id,
    title="Image signature",
    what="""\
An image signature on the platform's own manifest, or on the index that lists it. A cosign signature, or a
statement of type `https://sigstore.dev/cosign/sign/v1`. No other attestation is a signature.""",
    options={
        "signers": SIGNERS_OPTION,
        **ON_OPTION,
        **TERMS_OPTIONS,
    },
    example="""\
- signature:
    signers: [release]
""",
    fix="Sign the image (`cosign sign`) by digest as a wanted signer, and copy signatures along with images.",
    build=build,
)
