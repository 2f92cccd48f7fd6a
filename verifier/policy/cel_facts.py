"""The verified facts that CEL expressions see, as JSON values.

What a certificate says stands under ``signer``, what the signed document claims under ``predicate`` or
``annotations``. What is not known has no key, so that an expression that looks at it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from verifier.errors import StatementError
from verifier.model.predicate import matches, predicate_document
from verifier.model.sbom import Package, Sbom
from verifier.model.statement import SimpleSigning
from verifier.model.verified import CertificateSigner, KeySigner, Signer, VerifiedStatement
from verifier.policy.interface import Case
from verifier.policy.rules.evidence import is_sbom
from verifier.text import rfc3339

Facts = dict[str, Any]

PROVENANCE: Final = "slsa-provenance"


def image_facts(case: Case) -> Facts:
    """What the image is called, and which bytes it is."""
    registry, _, repository = case.name.partition("/")
    return _known(
        name=case.name,
        registry=registry,
        repository=repository,
        digest=str(case.image.digest),
        mediaType=case.image.media_type,
        isIndex=case.image.is_index,
        annotations=dict(case.image.annotations),
    )


def platform_facts(case: Case) -> Facts:
    """The platform, and its manifest."""
    platform = case.platform.platform
    return _known(
        digest=str(case.platform.digest),
        layers=case.platform.layers,
        annotations=dict(case.platform.annotations),
        name=str(platform) if platform else "",
        os=platform.os if platform else "",
        architecture=platform.architecture if platform else "",
        variant=platform.variant if platform else "",
        osVersion=platform.os_version if platform else "",
    )


def attestations(
    case: Case, signers: Collection[str], wanted: Callable[[str], bool] = lambda _: True
) -> list[VerifiedStatement]:
    """The attestations by ``signers`` about the platform or its index, of types that are ``wanted``."""
    return [
        statement
        for statement in _about(case, signers)
        if statement.statement is not None and wanted(statement.statement.predicate_type)
    ]


def signatures(case: Case, signers: Collection[str]) -> list[VerifiedStatement]:
    """The image signatures by ``signers`` on the platform or its index."""
    return [statement for statement in _about(case, signers) if statement.is_image_signature]


def attestation_facts(statement: VerifiedStatement, case: Case) -> Facts:
    """One attestation. The predicate of an SBOM is not among its facts: it is decoded, and far too large."""
    facts = _statement_facts(statement, case)
    content = statement.statement
    if content is None:
        return facts
    facts["predicateType"] = content.predicate_type
    if not is_sbom(content.predicate_type):
        try:
            facts["predicate"] = predicate_document(content)
        except StatementError:
            return facts  # it cannot be read, and an expression that looks at it fails
    return facts


def signature_facts(statement: VerifiedStatement, case: Case) -> Facts:
    """One image signature, with the annotations that its signer added."""
    facts = _statement_facts(statement, case)
    if isinstance(statement.content, SimpleSigning) and statement.content.annotations:
        facts["annotations"] = dict(statement.content.annotations)
    return facts


def is_provenance(predicate_type: str) -> bool:
    """Whether it is a type of SLSA provenance."""
    return matches(PROVENANCE, predicate_type)


def sbom_facts(sbom: Sbom, statement: VerifiedStatement, case: Case) -> Facts:
    """A summary of one SBOM: the packages inside are counted, and each package is seen under ``pkg``."""
    return {
        **_statement_facts(statement, case),
        **_known(
            format=sbom.format,
            name=sbom.name,
            namespace=sbom.namespace,
            created=rfc3339(sbom.created) if sbom.created else "",
            creators=list(sbom.creators),
            packages=sum(package.inside for package in sbom.packages),
            files=sbom.files,
            licenses=_distinct(
                text
                for package in sbom.packages
                for text in (package.license_declared, package.license_concluded)
            ),
            suppliers=_distinct(package.supplier for package in sbom.packages),
        ),
    }


def package_facts(package: Package) -> Facts:
    """One package. What the document leaves out, or leaves open with NOASSERTION, has no key."""
    return _known(
        id=package.element_id,
        name=package.name,
        version=package.version,
        supplier=_said(package.supplier),
        originator=_said(package.originator),
        downloadLocation=_said(package.download_location),
        licenseDeclared=_said(package.license_declared),
        licenseConcluded=_said(package.license_concluded),
        purls=list(package.purls),
        checksums=dict(package.checksums),
        purpose=package.purpose,
        filesAnalyzed=package.files_analyzed,
        inside=package.inside,
    )


def _about(case: Case, signers: Collection[str]) -> list[VerifiedStatement]:
    subjects = {case.platform.digest, case.image.digest}
    return [statement for statement in case.by(signers) if subjects.intersection(statement.about)]


def _statement_facts(statement: VerifiedStatement, case: Case) -> Facts:
    own = case.platform.digest in statement.about
    names = next((names for item, names in case.accepted if item is statement), frozenset())
    return _known(
        signer=_signer_facts(statement.signer, names),
        signedAt=rfc3339(statement.signed_at) if statement.signed_at else "",
        logProof=statement.log.proof.value if statement.log else "",
        scope="image" if not case.image.is_index else "platform" if own else "index",
        evidence=str(statement.evidence),
    )


def _signer_facts(signer: Signer, names: Iterable[str]) -> Facts:
    match signer:
        case CertificateSigner():
            return _known(
                names=sorted(names),
                kind="certificate",
                issuer=signer.issuer,
                subject=signer.subject,
                subjectKind=signer.subject_kind,
                claims=dict(signer.claims),
            )
        case KeySigner():
            return _known(names=sorted(names), kind="key", fingerprint=signer.fingerprint)


def _distinct(texts: Iterable[str]) -> list[str]:
    return sorted({text for text in texts if text})


def _said(text: str) -> str:
    return "" if text == "NOASSERTION" else text


def _known(**facts: object) -> Facts:
    """``facts`` without the empty ones."""
    return {name: value for name, value in facts.items() if value not in ("", [], {})}
