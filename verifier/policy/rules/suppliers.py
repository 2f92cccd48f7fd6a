"""Who supplied the packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.errors import InputError
from verifier.model.finding import Finding
from verifier.model.sbom import Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, at, read_sbom_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.package_words import UNSTATED, package_label, package_words
from verifier.policy.text_patterns import TextMatcher
from verifier.text import safe

_KINDS = ("Organization: ", "Person: ")


@dataclass(frozen=True, slots=True)
class Suppliers:
    """Every package is by one of ``allow``; one that does not say by whom only where ``missing_allowed``."""

    id: ClassVar[str] = "suppliers"
    evidence: Evidence
    allow: tuple[TextMatcher, ...]
    missing_allowed: bool

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        return self.evidence.quorum.names

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        return self.evidence.withheld

    def asks(self) -> str:
        """See `Rule.asks`."""
        missing = " or does not say" if self.missing_allowed else ""
        return (
            f"the supplier of every package is {' or '.join(map(str, self.allow))}{missing},"
            f" in {self.evidence.each()}"
        )

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            "the supplier of every package is allowed",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        # CycloneDX's suppliers are organisations, and are not marked as such.
        mark = _KINDS[0] if sbom.format.startswith("CycloneDX") else ""
        known: dict[str, bool] = {}
        for package in sbom.packages:
            supplier = package.supplier
            if supplier not in known:
                known[supplier] = self._is_allowed(supplier, mark)
            if known[supplier]:
                continue
            if supplier in UNSTATED:
                problem = f"does not say who supplied it ({safe(supplier) or 'no supplier'})"
                hint = (
                    "whoever makes the SBOM must name the supplier; on-missing: allow lets such packages pass"
                )
            else:
                problem = f"is supplied by {safe(mark + supplier, limit=200)}, which is not allowed"
                hint = "allow the supplier, if you trust it with what runs in the image"
            yield denied(
                self.id,
                case,
                f"{package_words(package)} {problem}",
                hint=hint,
                evidence=(statement.evidence,),
                package=package_label(package),
                element=f"{package.path}.supplier" if supplier else package.path,
            )

    def _is_allowed(self, supplier: str, mark: str) -> bool:
        if supplier in UNSTATED:
            return self.missing_allowed
        return any(matcher.matches(mark + supplier) for matcher in self.allow)


def build(options: Mapping[str, Any], context: Context) -> Suppliers:
    """Make the rule from its options. Raises `OptionError`."""
    exact = [at(("allow", n), _exact, text) for n, text in enumerate(options.get("allow", ()))]
    patterns = [
        at(("allow-patterns", n), TextMatcher.pattern, text)
        for n, text in enumerate(options.get("allow-patterns", ()))
    ]
    if not exact and not patterns:
        raise OptionError("it allows no supplier", hint="add allow, or allow-patterns, or both")
    return Suppliers(
        read_sbom_evidence(Suppliers.id, options, context),
        (*exact, *patterns),
        missing_allowed=options.get("on-missing", "fail") == "allow",
    )


def _exact(text: str) -> TextMatcher:
    if not text.startswith(_KINDS) or not text.partition(": ")[2].strip():
        raise InputError(
            f"{safe(text, limit=100)!r} is no supplier as SPDX writes it",
            hint=f"write 'Organization: {safe(text, limit=100)}', or 'Person: …'",
        )
    return TextMatcher.exact(text, otherwise="allow-patterns")


_LIST: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1, "maxLength": 1024},
}

SPEC = RuleSpec(
    id=Suppliers.id,
    title="Suppliers",
    what="""\
Every package in every SBOM of the platform names a supplier that is allowed: whoever made the package that
was installed, by the SBOM's word. Those of `allow` are compared whole, letter by letter, with the text that
SPDX has (`Organization: Wolfi`, `Person: Jane Doe (jane@example.com)`); those of `allow-patterns` are RE2
expressions that must match all of it. A supplier in CycloneDX is an organisation, and is read as such.

A package without a supplier, or with `NOASSERTION`, fails unless `on-missing` says otherwise. That of the
image itself is a package like any other.""",
    options={
        "allow": {**_LIST, "description": "Suppliers, as SPDX writes them: 'Organization: Wolfi'."},
        "allow-patterns": {**_LIST, "description": "RE2 expressions for the whole text of a supplier."},
        "on-missing": {
            "enum": ["fail", "allow"],
            "description": "What becomes of packages without a supplier. Default: fail.",
        },
        **SBOM_OPTIONS,
    },
    example="""\
- suppliers:
    allow: ["Organization: Wolfi", "Organization: Chainguard, Inc."]
""",
    fix="See who supplied the package; allow the supplier if you trust it, or take the package from another.",
    build=build,
)
