"""A recent scan found no vulnerabilities that the policy does not allow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from verifier.errors import StatementError
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome
from verifier.model.verified import VerifiedStatement
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.predicates.findings import Severity, Vulnerability
from verifier.policy.predicates.nodes import PredicateError
from verifier.policy.predicates.openvex import JUSTIFICATIONS
from verifier.policy.predicates.vulnerabilities import SCAN_TYPES, Scan, read_scan
from verifier.policy.rules.evidence import Evidence
from verifier.policy.rules.options import NO_ANY, ON_OPTION, at, evidence_options, read_evidence, read_quorum
from verifier.policy.rules.outcome import denied
from verifier.policy.rules.scan_age import ScanAge
from verifier.policy.rules.vex import STATUSES, Vex, VexJoin
from verifier.policy.rules.vulnerability_threshold import Threshold, read_threshold
from verifier.policy.times import DURATION_SCHEMA, parse_duration
from verifier.text import rfc3339, safe

_ON_INDEX = (
    "there is a scan about the index, which does not say which platform was scanned: attest one about each"
    " platform, or accept it with 'on: either'"
)
_NO_FIX = (
    "no fix is known: replace the package, have it assessed in an OpenVEX statement, or except it for a time"
)
_NOT_IN_NAMES = re.compile(r"[^!-~]")


@dataclass(frozen=True, slots=True)
class VulnerabilitiesRule:
    """No more vulnerabilities than ``threshold`` allows, in a scan of that ``age``, after ``vex``."""

    id: ClassVar[str] = "vulnerabilities"
    evidence: Evidence
    threshold: Threshold
    age: ScanAge
    vex: Vex | None

    @property
    def signers(self) -> tuple[str, ...]:
        """See `Rule.signers`."""
        vex = self.vex.signers if self.vex else ()
        return tuple(dict.fromkeys((*self.evidence.quorum.names, *vex)))

    @property
    def withheld(self) -> Withheld:
        """See `Rule.withheld`."""
        # A statement that suppresses a finding may be there, or a newer one that says otherwise.
        return Withheld.EITHER if self.vex else self.evidence.withheld

    def asks(self) -> str:
        """See `Rule.asks`."""
        vex = f", after OpenVEX statements {self.vex}" if self.vex else ""
        evidence = self.evidence
        return f"there is an {evidence.asks()}, and {evidence.which} lists {self.threshold}{self.age}{vex}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        if self._only_on_index(case):
            yield from (replace(finding, hint=_ON_INDEX) for finding in self.evidence.examine(case, _nothing))
            return
        join, said = VexJoin(self.vex, case), _Said()
        for finding in self.evidence.examine(case, lambda statement: self._look(statement, case, join, said)):
            if finding.outcome is Outcome.PASS:
                evidence = tuple(sorted({*finding.evidence, *join.used}))
                yield replace(finding, message=said.message(self.threshold), evidence=evidence)
            else:
                yield finding

    def _look(
        self, statement: VerifiedStatement, case: Case, join: VexJoin, said: _Said
    ) -> Iterable[Finding]:
        evidence = (statement.evidence,)
        if statement.statement is None:
            return
        try:
            scan = read_scan(statement.statement)
        except StatementError as error:
            yield denied(
                self.id,
                case,
                f"the vulnerability scan cannot be read: {error.message}",
                code=error.code,
                hint=error.hint or "'verify attestations --type vuln --predicate' shows it",
                evidence=evidence,
                element=error.path if isinstance(error, PredicateError) else None,
            )
            return
        said.scans.append(scan)
        for problem in self.age.problems(scan, statement.signed_at, case.now):
            yield denied(
                self.id,
                case,
                problem.message,
                code=problem.code,
                hint=problem.hint,
                evidence=evidence,
                element=problem.path,
            )
        concerned = [item for item in scan.vulnerabilities if self.threshold.concerns(item)]
        left = join.open(concerned)
        said.suppressed += len(concerned) - len(left)
        too_many = list(self.threshold.excess(left))
        for found, reason in too_many:
            yield self._found(found, reason, case, evidence)
        if too_many and join.problem is not None:
            yield denied(
                self.id,
                case,
                f"OpenVEX statements were not applied: {join.problem}",
                code=StatementError.code,
                hint="'verify attestations --type openvex --predicate' shows the documents",
            )

    def _found(self, found: Vulnerability, reason: str, case: Case, evidence: tuple[Digest, ...]) -> Finding:
        name, *aliases = (safe(item, limit=100) for item in found.names)
        also = f" ({', '.join(aliases)})" if aliases else ""
        where = f" in {safe(found.where, limit=200)}" if found.where else ""
        fixed = ", ".join(safe(version, limit=100) for version in found.fixed_in)
        return denied(
            self.id,
            case,
            f"{name}{also}{where}: {reason}{f'; fixed in {fixed}' if fixed else ''}",
            hint=f"update to {fixed}" if fixed else _NO_FIX,
            evidence=evidence,
            package=found.where or None,
            vulnerability=" ".join(_NOT_IN_NAMES.sub("_", item) for item in found.names),
            element=found.path,
        )

    def _only_on_index(self, case: Case) -> bool:
        """Whether a scan would count, were it not about the index."""
        scans = [item for item in case.by(self.evidence.quorum.names) if self.evidence.is_of_type(item)]
        return (
            self.evidence.on == "platform"
            and not any(case.platform.digest in item.about for item in scans)
            and any(case.image.digest in item.about for item in scans)
        )


class _Said:
    """What the scans said, for the message that all is well."""

    def __init__(self) -> None:
        self.scans: list[Scan] = []
        self.suppressed = 0

    def message(self, threshold: Threshold) -> str:
        """What was scanned, by what, and how many findings VEX suppressed."""
        scan = self.scans[0]
        found = sum(len(item.vulnerabilities) for item in self.scans)
        made = f" of {rfc3339(scan.made_at)}" if scan.made_at else ""
        by = f" by {safe(scan.scanner, limit=200)}" if scan.scanner else ""
        vex = f", {self.suppressed} of them suppressed by OpenVEX statements" if self.suppressed else ""
        return f"{threshold} in the scan{made}{by} ({scan.format}), which lists {found} in all{vex}"


def _nothing(_: VerifiedStatement) -> Iterable[Finding]:
    return ()


def build(options: Mapping[str, Any], context: Context) -> VulnerabilitiesRule:
    """Make the rule from its options. Raises `OptionError`."""
    evidence = read_evidence(
        VulnerabilitiesRule.id, options, context, types=SCAN_TYPES, on="platform", select="latest"
    )
    database = options.get("database-max-age")
    return VulnerabilitiesRule(
        evidence,
        read_threshold(options),
        ScanAge(
            at(("max-age",), parse_duration, options["max-age"]),
            None if database is None else at(("database-max-age",), parse_duration, database),
        ),
        vex=at(("vex",), lambda value: _vex(value, context), options["vex"]) if "vex" in options else None,
    )


def _vex(options: Mapping[str, Any], context: Context) -> Vex:
    max_age = options.get("max-age")
    return Vex(
        read_quorum(options, context).names,
        tuple(options.get("statuses", STATUSES)),
        tuple(options.get("justifications", JUSTIFICATIONS)),
        None if max_age is None else at(("max-age",), parse_duration, max_age),
    )


def _list_of(items: Mapping[str, Any], description: str) -> Mapping[str, Any]:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": items, "description": description}


_LEVELS = [str(severity) for severity in Severity]

SPEC = RuleSpec(
    id=VulnerabilitiesRule.id,
    title="Vulnerabilities",
    what="""\
An attested vulnerability scan of the platform, by a wanted signer and not older than `max-age`, lists no
vulnerabilities but those that the policy allows. `cosign attest --type vuln` and the in-toto type
`https://in-toto.io/attestation/vulns/v0.2` are understood, with results in Trivy's JSON, Grype's JSON and
SARIF 2.1.0. **A result in any other format is a failure**, and so is a scan by Trivy that looked at no
packages, for neither says that nothing was found; the other formats do not tell whether there were packages.
Without a scan there is no pass.

The age is measured by the trusted time of the signature. The time that the scan gives for itself must not be
later, nor longer ago than `max-age`. Of several scans the latest counts, unless `select: all` is given. A
scanner looks at one platform, so a scan of the index counts only with `on: either` or `on: index`.

- `max-severity` is the highest severity that may be found (`none` allows none at all); `severities` says
  instead how many of each may be, and leaves less bad ones free. The severity is the scanner's.
- A severity that the scanner does not know is a failure; with `unknown-severity: allow` it is none.
- `fixable-only` leaves out what has no fix. What is not known to have none is counted.

With `vex`, OpenVEX statements about the platform or its index, by the signers named there, are applied. A
statement suppresses a finding when

1. it names the vulnerability, by any of its names: a GHSA's statement counts for its CVE;
2. it names this image by digest, or by its whole repository without a version, and as `subcomponents` no
   package or this one; or it names the package by its package URL. What the statement's package URL says (a
   version, a qualifier) the finding's must say too. A statement that names no product suppresses nothing;
3. its status is `fixed`, or `not_affected` with one of OpenVEX's justifications: prose is none;
4. none that applies is newer and says otherwise, by the time in the document and at most that of its
   signature. Of two as new as each other, the one that does not suppress wins. It applies unless it names
   clearly something else: another package, version, digest or repository.

A document of these signers that cannot be read may be such a newer word, and so no statement is applied.
A registry can hide the newest scan and the newest statement; `max-age`, and `max-age` under `vex`, limit for
how long.

Exceptions of the policy may name a vulnerability by any of its names, and the package.""",
    options={
        "max-severity": {
            "enum": ["none", *(level for level in _LEVELS if level != "critical")],
            "description": "The highest severity that may be found.",
        },
        "severities": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                level: {"type": "integer", "minimum": 0, "maximum": 100_000} for level in reversed(_LEVELS)
            },
            "description": "How many of a severity may be found; of less bad ones that are left out, any.",
        },
        "unknown-severity": {
            "enum": ["fail", "allow"],
            "description": "What becomes of a vulnerability that the scanner does not rate. Default: fail.",
        },
        "fixable-only": {
            "type": "boolean",
            "description": "Whether only those count that have a fix, or may have one. Default: false.",
        },
        "database-max-age": {
            **DURATION_SCHEMA,
            "description": "How old the scanner's data may be, by what the scan says: 2d.",
        },
        "vex": {
            "type": "object",
            "additionalProperties": False,
            "required": ["signers"],
            "properties": {
                "signers": _list_of({"type": "string", "minLength": 1}, "Whose OpenVEX statements count."),
                "statuses": _list_of({"enum": list(STATUSES)}, "The statuses that suppress. Default: both."),
                "justifications": _list_of(
                    {"enum": list(JUSTIFICATIONS)},
                    "The justifications that not_affected may have. Default: all.",
                ),
                "max-age": {
                    **DURATION_SCHEMA,
                    "description": "Documents that were signed longer ago, by trusted time, do not count.",
                },
            },
            "description": "OpenVEX statements that may suppress findings.",
        },
        **ON_OPTION,
        **evidence_options(NO_ANY.replace("all", "latest", 1)),
    },
    required=("max-age",),
    example="""\
- vulnerabilities:
    max-severity: medium
    max-age: 7d
    vex: {signers: [security]}
""",
    fix="Update what the finding names, and have the image scanned anew; or have the vulnerability assessed"
    " in an OpenVEX statement; or except it, with an owner and an end.",
    build=build,
)
