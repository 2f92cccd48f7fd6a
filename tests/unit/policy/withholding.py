"""Every rule of the catalogue in several forms, and the evidence that it passes and refuses.

`Form.loses` is what evidence that nobody could read may cost, by the documentation of the rule and by hand:
nothing, a pass alone (more evidence can only help), or a refusal as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tests.unit.policy.attested import attested
from tests.unit.policy.factory import AMD64, ISSUER, MALLORY, SPDX, SUBJECT, attestation, signature
from tests.unit.policy.judging import POLICY
from tests.unit.policy.predicates.scans import VULN, scan, trivy, trivy_finding
from tests.unit.policy.predicates.test_openvex import OPENVEX, said, vex
from tests.unit.policy.predicates.test_slsa import V1, v1
from tests.unit.policy.sboms import contains, package, sbom, the_image
from verifier.model.digest import Digest
from verifier.model.sbom import DecodedSbom, ValidationProblem
from verifier.model.statement import Statement
from verifier.model.verified import CertificateSigner, VerifiedStatement
from verifier.sbom.binding import binding

SECOND = CertificateSigner(ISSUER, SUBJECT.replace("release.yaml", "second.yaml"), "uri", {})
TEXT = POLICY.replace("require:", f'  second: {{issuer: "{ISSUER}", subject: "{SECOND.subject}"}}\nrequire:')
REVIEW = "https://example.com/review/v1"
OLD, NEW = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 21, 12, tzinfo=UTC)

Loses = Literal["nothing", "a pass", "a refusal"]


@dataclass(frozen=True)
class Form:
    """A rule with options, and the statements that it is tried with."""

    rule: str
    options: str
    pool: str
    loses: Loses

    def __str__(self) -> str:
        return f"{self.rule}: {self.options}"

    @property
    def text(self) -> str:
        """The item of ``require``; beside one that takes nobody's word, one that does."""
        signed = "  - signature: {}\n" if self.loses == "nothing" else ""
        return f"{signed}  - {self.rule}: {self.options}\n"


def _at(statement: VerifiedStatement, when: datetime) -> VerifiedStatement:
    return replace(statement, signed_at=when, evidence=Digest.of(f"{statement.evidence}{when}".encode()))


def _four(kind: str, good: Any, bad: Any) -> tuple[VerifiedStatement, ...]:
    """One that is as it should be and one that is not, each of them early and late; and a stranger's."""
    return (
        *(_distinct(attested(kind, item, signed_at=when)) for item in (good, bad) for when in (OLD, NEW)),
        attested(kind, good, signer=MALLORY, signed_at=NEW),
    )


def _distinct(statement: VerifiedStatement) -> VerifiedStatement:
    """Two that say the same are one; this says something of its own."""
    assert isinstance(statement.content, Statement)
    return replace(statement, content=replace(statement.content, payload=str(statement.evidence).encode()))


def _sboms() -> tuple[VerifiedStatement, ...]:
    good, bad = attestation(SPDX, AMD64, name="good"), attestation(SPDX, AMD64, name="bad")
    return tuple(_at(item, when) for item in (good, bad) for when in (OLD, NEW))


SBOMS = _sboms()


def _scanned(when: datetime, *found: Any) -> VerifiedStatement:
    day = when - timedelta(minutes=9)
    stated = {"scanStartedOn": f"{day:%Y-%m-%dT%H:%M:%SZ}", "scanFinishedOn": f"{day:%Y-%m-%dT%H:%M:%SZ}"}
    return attested(VULN, scan(trivy(*found), metadata=stated), signed_at=when)


SCANS = tuple(_scanned(when, *found) for found in ((), (trivy_finding(),)) for when in (OLD, NEW))
_AFFECTED = {"status": "affected", "action_statement": "update", "justification": None}


def _vex(when: datetime, **members: Any) -> VerifiedStatement:
    statement = {key: value for key, value in said(**members).items() if value is not None}
    stated = {"timestamp": f"{when:%Y-%m-%dT%H:%M:%SZ}"}
    return attested(OPENVEX, vex(statement, **stated), signer=SECOND, signed_at=when)


POOLS: Mapping[str, tuple[VerifiedStatement, ...]] = {
    "none": (signature(AMD64),),
    "signatures": (
        signature(AMD64),
        signature(AMD64, signer=SECOND),
        _at(signature(AMD64, name="late"), NEW),
        signature(AMD64, signer=MALLORY),
    ),
    "reviews": _four(REVIEW, {"approved": True}, {"approved": False}),
    "provenance": _four(
        V1,
        v1({}),
        v1({}) | {"runDetails": {"builder": {"id": "https://example.com/laptop"}}},
    ),
    "sboms": SBOMS,
    "scans": SCANS,
    "vex": (SCANS[2], SCANS[3], SCANS[1], _vex(OLD), _vex(NEW, **_AFFECTED)),
}

_GOOD = sbom(
    the_image(),
    package("busybox", "MIT", "MIT", checksums=[("SHA256", "ab" * 32)])._replace(
        download_location="https://example.com/busybox"
    ),
    relationships=[*contains("busybox"), *contains("image", source="SPDXRef-DOCUMENT")],
)
_BAD = sbom(
    the_image(Digest.of(b"another")),
    package("evil", "AGPL-3.0-only", "AGPL-3.0-only", supplier="", version="", purls=[]),
    package("more", "AGPL-3.0-only", "AGPL-3.0-only", supplier="", version="", purls=[])._replace(
        download_location="http://example.com/more"
    ),
    created=datetime(2020, 1, 1, tzinfo=UTC),
    creators=(),
)


def _is_good(statement: VerifiedStatement) -> bool:
    return statement.evidence in {item.evidence for item in SBOMS[:2]}


def decode(statement: VerifiedStatement) -> DecodedSbom:
    """The SBOM in one of `SBOMS`."""
    document = _GOOD if _is_good(statement) else _BAD
    return DecodedSbom(document, binding(document))


def validate(statement: VerifiedStatement) -> tuple[ValidationProblem, ...]:
    """What is wrong with it."""
    return () if _is_good(statement) else (ValidationProblem("$.x", "it is not as it should be"),)


_SCHEMA = "schema: {required: [approved], properties: {approved: {const: true}}}"
_OF_SBOMS = {
    "download-locations": "allow: ['https://example.com/'], on-missing: allow",
    "licenses": "allow: [MIT]",
    "ntia": "except: [relationship]",
    "packages": "deny: [{name: evil}]",
    "sbom-age": "max: 90d",
    "sbom-complete": "purls: 90",
    "sbom-size": "max: 1",
    "sbom-subject": "on-missing: fail",
    "sbom-valid": "type: spdx",
    "suppliers": "allow: ['Organization: Wolfi']",
}
_OF_IMAGES = {
    "image-base": "allow: [cgr.dev/chainguard/static]",
    "image-entrypoint": "shell: false",
    "image-environment": "deny: [LD_PRELOAD]",
    "image-labels": "deny: [quay.expires-after]",
    "image-layers": "max: 20",
    "image-ports": "allow: [8080/tcp]",
    "image-user": "min-uid: 1000",
}
_TWO = "signers: {all-of: [release, second]}"


def _forms() -> Iterator[Form]:
    for rule, options in _OF_SBOMS.items():
        for select in ("", "select: all", "select: latest", "minimum: 1", "max-age: 30d"):
            joined = ", ".join(filter(None, (options, select)))
            yield Form(rule, f"{{{joined}}}", "sboms", "a refusal")
    yield Form("licenses", "{deny: [AGPL-*]}", "sboms", "a refusal")
    yield Form("packages", "{require: [{name: busybox}]}", "sboms", "a refusal")
    for rule, options in _OF_IMAGES.items():
        yield Form(rule, f"{{{options}}}", "none", "nothing")
    yield Form("image-age", "{max: 90d}", "none", "nothing")
    yield Form("image-age", "{max: 90d, by: signed}", "signatures", "a pass")
    yield Form("image-age", f"{{max: 90d, by: signed, {_TWO}}}", "signatures", "a pass")
    yield Form("signature", "{}", "signatures", "a pass")
    yield Form("signature", f"{{{_TWO}}}", "signatures", "a pass")
    yield Form("signature", "{signers: {at-least: 2, of: [release, second]}}", "signatures", "a pass")
    yield Form("attestation", f"{{type: {REVIEW}}}", "reviews", "a pass")
    yield Form("attestation", f"{{type: {REVIEW}, minimum: 2}}", "reviews", "a pass")
    yield Form("attestation", f"{{type: {REVIEW}, {_SCHEMA}, select: any}}", "reviews", "a pass")
    yield Form("attestation", f"{{type: {REVIEW}, {_SCHEMA}, select: any, minimum: 2}}", "reviews", "a pass")
    for select in ("", ", select: all", ", select: latest", ", minimum: 2", ", select: latest, max-age: 30d"):
        yield Form("attestation", f"{{type: {REVIEW}, {_SCHEMA}{select}}}", "reviews", "a refusal")
    for select in ("", ", select: all", ", select: latest"):
        yield Form(
            "provenance", f"{{builder: 'https://example.com/builder'{select}}}", "provenance", "a refusal"
        )
    yield Form("provenance", "{builder: 'https://example.com/builder', select: any}", "provenance", "a pass")
    for select in ("", ", select: all", ", select: latest"):
        yield Form("vulnerabilities", f"{{max-severity: medium, max-age: 7d{select}}}", "scans", "a refusal")
    yield Form("vulnerabilities", "{severities: {critical: 0, high: 0}, max-age: 7d}", "scans", "a refusal")
    vex_by = "signers: [release], vex: {signers: [second]}"
    for select in ("", ", select: all"):
        options = f"{{max-severity: medium, max-age: 7d, {vex_by}{select}}}"
        yield Form("vulnerabilities", options, "vex", "a refusal")
    yield from _expressions()
    yield from _alternatives()


def _expressions() -> Iterator[Form]:
    approved = "attestations.{0}(a, a.predicate.approved == true)"
    kind = f"type: {REVIEW}"
    for check, loses in (
        (approved.format("exists"), "a pass"),
        (f"image.registry == 'ghcr.io' && ({approved.format('exists')} || false)", "a pass"),
        (approved.format("all"), "a refusal"),
        ("!attestations.exists(a, a.predicate.approved == false)", "a refusal"),
        ("size(attestations) < 2", "a refusal"),
        (f"attestations.size() >= 1 && {approved.format('all')}", "a refusal"),
    ):
        yield Form("cel", f'{{check: "{check}", {kind}}}', "reviews", loses)  # type: ignore[arg-type]
    one = 'check: "attestation.predicate.approved == true", each: attestation'
    for select in ("", ", select: latest"):
        yield Form("cel", f"{{{one}, {kind}{select}}}", "reviews", "a refusal")
    early = "check: \"timestamp(signature.signedAt) < timestamp('2026-11-21T00:00:00Z')\", each: signature"
    yield Form("cel", f"{{{early}}}", "signatures", "a refusal")
    yield Form("cel", "{check: \"pkg.name != 'evil'\", each: package}", "sboms", "a refusal")
    yield Form("cel", "{check: \"!('AGPL-3.0-only' in sbom.licenses)\"}", "sboms", "a refusal")
    yield Form("cel", "{check: \"image.registry == 'ghcr.io'\"}", "none", "nothing")


def _alternatives() -> Iterator[Form]:
    clean = "vulnerabilities: {max-severity: medium, max-age: 7d}"
    yield Form("any-of", f"[[{clean}], [signature: {{}}]]", "scans", "a refusal")
    yield Form("any-of", f"[[attestation: {{type: {VULN}}}], [{clean}]]", "scans", "a pass")


FORMS = tuple(_forms())
