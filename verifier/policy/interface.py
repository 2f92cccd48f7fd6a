"""What a policy rule is, and what it sees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Protocol

from verifier.errors import InputError
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence, PlatformImage
from verifier.model.finding import Finding
from verifier.model.sbom import DecodedSbom, ValidationProblem
from verifier.model.verified import VerifiedStatement
from verifier.policy.signers import Identity

Validate = Callable[[VerifiedStatement], Sequence[ValidationProblem]]
"""All that is wrong, by its format's specification, with the SBOM in a statement."""


@dataclass(frozen=True, slots=True)
class Case:
    """One platform of one image under one policy: what a rule judges.

    ``accepted`` are the statements whose signer the policy knows, each with the names of the signers that
    it is. ``sboms`` holds, under the evidence digest of each accepted SBOM, what decoding it gave. Nobody
    else's statements count; they stand under ``strangers`` so that a refusal can say who was found instead
    of those who are ``wanted``. ``name`` is the image's (``docker.io/library/nginx``), or what a layout says
    it is, ``other_names`` what it is called too; ``now`` is the time to judge for.
    """

    policy: str
    name: str
    image: ImageEvidence
    platform: PlatformImage
    accepted: tuple[tuple[VerifiedStatement, frozenset[str]], ...]
    sboms: Mapping[Digest, DecodedSbom]
    strangers: tuple[VerifiedStatement, ...]
    wanted: Mapping[str, Identity]
    now: datetime
    validate: Validate
    other_names: tuple[str, ...] = ()

    def by(self, signers: Collection[str]) -> tuple[VerifiedStatement, ...]:
        """The statements by one of ``signers``."""
        return tuple(statement for statement, names in self.accepted if not names.isdisjoint(signers))

    def others(self, signers: Collection[str]) -> tuple[VerifiedStatement, ...]:
        """The statements by nobody of ``signers``: known to the policy for something else, or strangers."""
        known = [statement for statement, names in self.accepted if names.isdisjoint(signers)]
        return (*known, *self.strangers)

    def known(
        self, statements: Collection[VerifiedStatement]
    ) -> list[tuple[VerifiedStatement, frozenset[str]]]:
        """Those of ``statements`` that are accepted, each with the names of its signer."""
        asked = {id(statement) for statement in statements}
        return [(statement, names) for statement, names in self.accepted if id(statement) in asked]

    def names(self, statements: Collection[VerifiedStatement], signers: Collection[str]) -> str:
        """The names of those of ``signers`` that made ``statements``."""
        made = {name for _, names in self.known(statements) for name in names}
        return " and ".join(sorted(made.intersection(signers)))


class Withheld(Enum):
    """How evidence that could not be read might have changed a rule's answer."""

    # It looks at nothing that is attached to the image.
    NOTHING = "nothing"
    # More evidence turns no pass into a refusal.
    PASS = "a pass"  # noqa: S105 - not a password
    # What is refused for what was read stays refused, and what passes may not.
    REFUSAL = "a refusal"
    # The newest decides, or one statement takes back what another says.
    EITHER = "either"


class Rule(Protocol):
    """One requirement.

    It judges what could be read, and says with `withheld` what else that leaves open; `Clause` sees to it
    that evidence which could not be read never helps.
    """

    id: ClassVar[str]

    @property
    def signers(self) -> tuple[str, ...]:
        """The names of the policy's signers whose word this rule takes; empty where it takes nobody's."""
        ...

    @property
    def withheld(self) -> Withheld:
        """What evidence that nobody could read may keep from it, whatever kind it is of."""
        ...

    def asks(self) -> str:
        """What it asks for, as a sentence without its full stop: "every licence is one of MIT, ISC"."""
        ...

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """Yield at least one finding. Raises nothing."""
        ...


class OptionError(InputError):
    """An option of a rule is wrong; ``path`` leads to it from the rule's options: ``("deny", 0, "purl")``."""

    def __init__(self, message: str, *, path: Sequence[str | int] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = tuple(path)


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may refer to: the policy's signers, and files beside the policy.

    ``unless_named`` are those whose word counts for a rule that names nobody; empty where it must name them.
    ``chosen`` says that somebody chose them for these rules; ``defaulted`` is called where a rule takes them.
    ``read`` gives the bytes of a file inside the policy's folder, or raises `InputError`.
    """

    signers: Mapping[str, Identity]
    unless_named: tuple[str, ...]
    read: Callable[[str], bytes]
    chosen: bool = False
    defaulted: Callable[[], None] = lambda: None


Build = Callable[[Mapping[str, Any], Context], Rule]
"""Make a rule from its options, which fit the schema, or raise `InputError` or `OptionError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """A kind of rule: its name in policy files, its options, its documentation.

    ``options`` are the JSON Schema properties of its options, each with a description. ``title`` is a noun,
    ``what`` says in Markdown what it checks and why, ``example`` is an item of ``require`` in YAML, ``fix``
    tells how to mend a finding.
    """

    id: str
    title: str
    what: str
    options: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...] = ()
    example: str
    fix: str
    build: Build
