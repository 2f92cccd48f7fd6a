"""The JSON report, version 1: one document, stable names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

from verifier.model.digest import Digest
from verifier.model.finding import Finding, Verdict
from verifier.model.report import (
    FILES_EXIT_CODE,
    AcceptedStatement,
    FileReport,
    ImageReport,
    PlatformReport,
    Report,
    SbomSummary,
)
from verifier.model.verified import CertificateSigner, KeySigner, LogEntry, Signer, VerifiedStatement
from verifier.report.inert import inert_json
from verifier.text import rfc3339
from verifier.version import __version__

Document = dict[str, Any]


def render_json(report: Report) -> str:
    """Render ``report``, as `render_document` does."""
    return render_document(report_document(report))


def render_document(document: Document) -> str:
    """Render ``document``, ASCII only and inert: untrusted text can break neither it nor what reads it."""
    return inert_json(json.dumps(document, indent=2)) + "\n"


def report_document(report: Report) -> Document:
    """The report as a document: what every other format is made from."""
    root = report.trust_root
    return {
        "schemaVersion": 1,
        "tool": {"name": "verify", "version": __version__},
        "verdict": str(report.verdict),
        "exitCode": report.exit_code,
        "evaluatedAt": rfc3339(report.evaluated_at),
        "trustRoot": None if root is None else {"source": root.source, "digest": str(root.digest)},
        "policies": [
            {"name": policy.name, "source": policy.source, "digest": str(policy.digest)}
            for policy in report.policies
        ],
        "images": [_image(image) for image in report.images],
        **({} if report.files is None else {"files": [_file(file) for file in report.files]}),
    }


def outcome(worst: Verdict, files: Sequence[Document]) -> tuple[Verdict, int]:
    """The verdict and the exit code of images of which the ``worst`` verdict is this, beside these files."""
    if worst is Verdict.ERROR or all(file["outcome"] != "error" for file in files):
        return worst, int(worst)
    return (Verdict.UNVERIFIED if worst is Verdict.PASS else worst), FILES_EXIT_CODE


@cache
def report_schema() -> Document:
    """The JSON Schema (2020-12) of the report."""
    text = resources.files("verifier.report").joinpath("report.schema.json").read_text("utf-8")
    document: Document = json.loads(text)
    return document


def _file(file: FileReport) -> Document:
    return {
        "path": file.path,
        "outcome": file.outcome.value,
        "code": file.code,
        "message": file.message,
        "line": file.line,
        "hint": file.hint,
        "imageLike": file.image_like,
    }


def _image(image: ImageReport) -> Document:
    return {
        "reference": image.reference,
        "digest": _digest(image.digest),
        "resolved": image.resolved,
        "mediaType": image.media_type,
        "verdict": str(image.verdict),
        "signatures": _statements(image, image.signatures),
        "attestations": _statements(image, image.attestations),
        "rejected": [
            {
                "evidence": str(item.digest),
                "storedAt": ", ".join(item.stored_at),
                "code": item.code,
                "reason": item.reason,
            }
            for item in image.rejected
        ],
        "unsigned": [
            {
                "evidence": str(item.digest),
                "storedAt": ", ".join(item.stored_at),
                "predicateType": item.predicate_type,
            }
            for item in image.unsigned
        ],
        "checks": _checks(image.checks),
        "platforms": [_platform(platform) for platform in image.platforms],
        **_around(image),
    }


def _around(image: ImageReport) -> Document:
    """What there is not always to say."""
    lists: Document = {
        "namedAt": [asdict(location) for location in image.named_at],
        "platformsLeftOut": list(image.platforms_left_out),
        "searched": list(image.searched),
        "warnings": list(image.warnings),
    }
    return {name: value for name, value in lists.items() if value}


def _platform(platform: PlatformReport) -> Document:
    return {
        "platform": None if platform.platform is None else str(platform.platform),
        "digest": str(platform.digest),
        "verdict": str(platform.verdict),
        "sbom": None if platform.sbom is None else _sbom(platform.sbom),
        "checks": _checks(platform.checks),
    }


def _sbom(sbom: SbomSummary) -> Document:
    return {
        "format": sbom.format,
        "predicateType": sbom.predicate_type,
        "evidence": str(sbom.evidence),
        "scope": sbom.scope,
        "created": None if sbom.created is None else rfc3339(sbom.created),
        "creators": list(sbom.creators),
        "packages": sbom.packages,
        "relationships": sbom.relationships,
    }


def _checks(findings: Iterable[Finding]) -> list[Document]:
    return [
        {
            "rule": finding.rule,
            "policy": finding.policy,
            "outcome": finding.outcome.value,
            "code": finding.code,
            "message": finding.message,
            "hint": finding.hint,
            "evidence": [str(digest) for digest in finding.evidence],
            **_about(finding),
        }
        for finding in findings
    ]


def _about(finding: Finding) -> Document:
    """What a finding is about, where it is about something in particular."""
    about = {
        "package": finding.package,
        "vulnerability": finding.vulnerability,
        "element": finding.element,
        "asked": finding.asked or None,
    }
    return {name: value for name, value in about.items() if value is not None}


def _statements(image: ImageReport, accepted: Iterable[AcceptedStatement]) -> list[Document]:
    """One entry for each digest that a statement speaks about."""
    return [
        statement_document(item.statement, digest, _scope(image, digest), item.accepted_by)
        for item in accepted
        for digest in item.statement.about
    ]


def _scope(image: ImageReport, digest: Digest) -> str:
    if not image.is_index:
        return "image"
    return "index" if digest == image.digest else "platform"


def statement_document(
    verified: VerifiedStatement, subject: Digest, scope: str, accepted_by: Sequence[str]
) -> Document:
    """What the report says of a statement about ``subject``: facts, nothing of the predicate's claims."""
    document: Document = {
        "subject": str(subject),
        "scope": scope,
        "format": verified.format.value,
        "evidence": str(verified.evidence),
        "storedAt": ", ".join(verified.stored_at),
        "signer": _signer(verified.signer),
        "log": None if verified.log is None else _log(verified.log),
        "signedAt": None if verified.signed_at is None else rfc3339(verified.signed_at),
        "acceptedBy": list(accepted_by),
    }
    if (statement := verified.statement) is not None:
        document |= {"predicateType": statement.predicate_type, "statementType": statement.type}
    return document


def _signer(signer: Signer) -> Document:
    match signer:
        case CertificateSigner():
            return {"issuer": signer.issuer, "subject": signer.subject, "claims": dict(signer.claims)}
        case KeySigner():
            return {"keyFingerprint": signer.fingerprint}


def _log(log: LogEntry) -> Document:
    return {"kind": log.kind, "index": log.index, "id": log.log_id, "proof": log.proof.value}


def _digest(digest: Digest | None) -> str | None:
    return None if digest is None else str(digest)
