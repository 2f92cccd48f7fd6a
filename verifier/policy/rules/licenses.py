"""Which licences the packages of an image may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast, get_args

from verifier.errors import LimitExceeded
from verifier.model.finding import Finding
from verifier.model.sbom import Package, Sbom
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.license_exceptions import Exemptions
from verifier.policy.license_judge import Leniency, LicenseJudge, LicenseProblem, LicenseRules, Which
from verifier.policy.license_terms import LICENSE_ITEM, TEXT, LicenseTerms
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import SBOM_OPTIONS, at, read_sbom_evidence
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.package_words import package_label, package_words
from verifier.policy.rules.refusal import failure

_NOT_ACCEPTED = "replace the package, allow its licence, or make an exception for it with a reason"
_MALFORMED = "whoever makes the SBOM must write an SPDX licence expression"


@dataclass(frozen=True, slots=True)
class Licenses:
    """The licences of every package are as ``rules`` want them."""

    id: ClassVar[str] = "licenses"
    evidence: Evidence
    rules: LicenseRules

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
        which = "licence" if self.rules.which == "both" else f"{self.rules.which} licence"
        parts = [f"is one of {self.rules.allow}"] if self.rules.allow else []
        parts += [f"is none of {self.rules.deny}"] if self.rules.deny else []
        wanted = f"{' and '.join(parts)}{self.rules.besides}"
        return f"the {which} of every package {wanted}, in {self.evidence.each()}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return self.evidence.examine_sboms(
            case,
            lambda statement, sbom: self._look(statement, sbom, case),
            "the licence of every package is allowed",
        )

    def _look(self, statement: VerifiedStatement, sbom: Sbom, case: Case) -> Iterator[Finding]:
        judge = LicenseJudge(self.rules, sbom)
        try:
            for package in sbom.packages:
                for problem in judge.problems(package):
                    yield self._finding(package, problem, sbom, statement, case)
        except LimitExceeded as error:
            yield failure(
                self.evidence.requirement, case, error.message, code=error.code, evidence=[statement]
            )
        if not judge.judged:
            yield denied(
                self.id,
                case,
                "the SBOM lists images and operating systems, and no package with a licence to judge",
                code="SbomError",
                hint="ask who built the image for an SBOM of this platform's contents",
                evidence=(statement.evidence,),
            )

    def _finding(
        self, package: Package, problem: LicenseProblem, sbom: Sbom, statement: VerifiedStatement, case: Case
    ) -> Finding:
        hint = _NOT_ACCEPTED if problem.code == "PolicyError" else _MALFORMED
        if problem.lenient:
            hint = (
                f"whoever makes the SBOM must state the licence; {problem.lenient}: allow lets such packages"
                " pass, and an exception lets some of them"
            )
        member = problem.member if sbom.format.startswith("SPDX") else problem.member and "licenses"
        return denied(
            self.id,
            case,
            f"{package_words(package)} {problem.message}",
            code=problem.code,
            hint=hint,
            evidence=(statement.evidence,),
            package=package_label(package),
            element=f"{package.path}.{member}" if member else package.path,
        )


def build(options: Mapping[str, Any], context: Context) -> Licenses:
    """Make the rule from its options. Raises `OptionError`."""
    if not {"allow", "deny"} & options.keys():
        raise OptionError("it allows nothing and denies nothing", hint="add allow, or deny, or both")
    allow = at(("allow",), LicenseTerms.read, options.get("allow", ()))
    deny = at(("deny",), lambda items: LicenseTerms.read(items, to_deny=True), options.get("deny", ()))
    if both := allow.names & deny.names:
        raise OptionError(f"{min(both)} is allowed and denied", path=("deny",))
    rules = LicenseRules(
        allow,
        deny,
        at(("exceptions",), Exemptions.read, options.get("exceptions", ())),
        cast(Which, options.get("which", "both")),
        frozenset(kind for kind in get_args(Leniency) if options.get(kind) == "allow"),
    )
    return Licenses(read_sbom_evidence(Licenses.id, options, context), rules)


def _list(what: str) -> Mapping[str, Any]:
    return {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": LICENSE_ITEM,
        "description": what,
    }


def _leniency(what: str) -> Mapping[str, Any]:
    return {"enum": ["fail", "allow"], "description": f"{what} Default: fail."}


_PACKAGE_TEXT = {"type": "string", "minLength": 1, "maxLength": 2048}

SPEC = RuleSpec(
    id=Licenses.id,
    title="Licences",
    what="""\
Every package in every SBOM of the platform has licences that are allowed and none that is denied, by the
rules of SPDX licence expressions. Of an `AND`, all operands must be acceptable; of an `OR`, one, since
whoever gets the software may choose: `deny: [AGPL-*]` lets `MIT OR AGPL-3.0-only` pass. With `allow`, a
licence must be on it; with `deny`, it must not be on that; with both, both.

An entry is one licence:

- An identifier of the SPDX list, exactly: `GPL-2.0-or-later` is another licence than `GPL-2.0-only`, to allow
  and to deny. The case does not count, and deprecated identifiers mean what the list says of them (`GPL-2.0`
  is `GPL-2.0-only`); to deny one of those is an error, since it is rarely what is meant.
- A family: `GPL-*`, or `GPL-2.0-*`, are all identifiers that begin so, and neither `LGPL-*` nor `AGPL-*`.
- With an exception, `GPL-2.0-only WITH Classpath-exception-2.0`. Allowing a licence, or its family, does not
  allow it with an exception; denying it denies it with every exception, and `MIT` denies `MIT+`.
- `LicenseRef-…`, exactly as documents write it, whatever text a document gives to that name; or
  `{id: LicenseRef-…, sha256: …}` for one text only, that of `extractedText` in UTF-8.
- `{unlisted: Public-Domain}`, a name that documents use although the SPDX list does not have it.

A licence that is neither on the SPDX list nor named is unknown, and fails with `allow` and with `deny` alike,
unless `unknown: allow`. A `LicenseRef-…` is never taken for a licence of the list, however it is called. What
is no licence expression fails always.

By default the declared and the concluded licence are both judged, where both are stated. `NOASSERTION`, or
nothing, beside a stated licence does not count: most generators state only one of them. `NONE` says that
there is no licence, and counts. Entries for the image itself, its layers and its operating system need not
state a licence; if they do, it is judged.

An exception is for packages named by package URL or name, as in the rule [packages](#packages), in some
versions or all; a package must fit it by all of its package URLs. Its `allow` also takes `NOASSERTION` and
`NONE`. It admits what `deny` denies. SBOMs of apko and melange list the recipes and sources of packages too,
often without a licence: an exception for `pkg:github/wolfi-dev/os` with `NOASSERTION` is for the recipes.""",
    options={
        "allow": _list("Licences that packages may have."),
        "deny": _list("Licences that packages must not have."),
        "exceptions": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "description": "Packages, by purl or name, that may have other licences too, each with a reason.",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["allow", "reason"],
                "properties": {
                    "purl": {
                        **_PACKAGE_TEXT,
                        "description": "A package URL or a pattern: pkg:apk/*/busybox.",
                    },
                    "name": {**_PACKAGE_TEXT, "description": "A name, compared whole but for its case."},
                    "versions": {**_PACKAGE_TEXT, "description": "Which versions of it. Default: all."},
                    "allow": _list("The licences that they may have too; NOASSERTION and NONE as well."),
                    "reason": {**TEXT, "description": "Why."},
                },
            },
        },
        "which": {
            "enum": list(get_args(Which)),
            "description": "Which licence of a package is judged. Default: both.",
        },
        "unknown": _leniency("Licences that are neither on the SPDX list nor named here."),
        "no-assertion": _leniency("Packages that say NOASSERTION."),
        "none": _leniency("Packages that say NONE."),
        "missing": _leniency("Packages that state no licence at all."),
        **SBOM_OPTIONS,
    },
    example="""\
- licenses:
    allow: [MIT, Apache-2.0, BSD-*, ISC, Zlib, {unlisted: Public-Domain}]
    exceptions:
      - {purl: "pkg:apk/*/busybox", allow: [GPL-2.0-only], reason: not linked with our code}
""",
    fix="Replace the package, or allow its licence, or make an exception for it. If its licence is unknown or"
    " not stated, have whoever makes the SBOM state it as an SPDX expression.",
    build=build,
)
