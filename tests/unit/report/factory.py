"""Reports, made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from verifier.model.bundle import Format, Rejection, Unsigned
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.platform import Platform
from verifier.model.report import (
    AcceptedStatement,
    FileOutcome,
    FileReport,
    ImageReport,
    PlatformReport,
    PolicySource,
    Report,
    SbomSummary,
    TrustRootSource,
)
from verifier.model.statement import SimpleSigning, Statement
from verifier.model.verified import CertificateSigner, KeySigner, LogEntry, Proof, VerifiedStatement

INDEX, AMD64, BLOB = (Digest(letter * 64) for letter in "abc")
TIME = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)


def hostile_report(text: str) -> Report:
    """A refusal in which every piece of text that is not this program's own is ``text``."""
    made = report(text, Verdict.UNVERIFIED)
    (image,) = made.images
    (signature,) = image.signatures
    (platform,) = image.platforms
    assert platform.sbom is not None
    log = LogEntry(text, 7, "ab" * 32, Proof.PROMISE)
    image = replace(
        image,
        media_type=text,
        signatures=(
            AcceptedStatement(replace(signature.statement, log=log, stored_at=(text, text)), (text,)),
        ),
        rejected=(Rejection(BLOB, (text, text), text, text),),
        checks=platform.checks,
        platforms=(
            replace(
                platform,
                platform=Platform(text, text, text),
                sbom=replace(platform.sbom, format=text, creators=(text, text)),
            ),
        ),
        platforms_left_out=(text,),
    )
    return replace(made, images=(image,), policies=(PolicySource(text, text, BLOB),))


def files_of(text: str = "text") -> tuple[FileReport, ...]:
    """A file of each outcome."""
    like = FileReport(
        path=text, outcome=FileOutcome.PASSED_OVER, message=text, line=7, hint=text, image_like=True
    )
    return (
        replace(like, outcome=FileOutcome.ERROR, code="ManifestError"),
        like,
        replace(like, outcome=FileOutcome.READ),
        FileReport(path=text, outcome=FileOutcome.PASSED_OVER, message=text),
    )


def report(text: str = "text", verdict: Verdict = Verdict.PASS) -> Report:
    """A report of one image, an index with one platform."""
    signer = CertificateSigner(text, text, "uri", {"sourceRepositoryURI": text})
    log = LogEntry("dsse/0.0.1", 7, "ab" * 32, Proof.PROMISE)
    signature = VerifiedStatement(
        content=SimpleSigning(INDEX, text, {}),
        about=(INDEX, AMD64),
        signer=signer,
        log=log,
        signed_at=TIME,
        format=Format.SIMPLE_SIGNING,
        evidence=BLOB,
        stored_at=("tag x.sig", "layout"),
    )
    attestation = replace(
        signature,
        content=Statement("https://in-toto.io/Statement/v1", text, (AMD64,), None, b"", {}),
        about=(AMD64,),
        signer=KeySigner(str(BLOB)),
        log=None,
        signed_at=None,
        format=Format.BUNDLE,
    )
    outcome = Outcome.PASS if verdict is Verdict.PASS else Outcome.FAIL
    check = Finding(
        rule="signature",
        policy="app",
        outcome=outcome,
        verdict=verdict,
        code=None if verdict is Verdict.PASS else "IdentityError",
        message=text,
        hint=None if verdict is Verdict.PASS else text,
        evidence=(BLOB,),
    )
    created = datetime(2026, 11, 1, 13, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=1)))
    sbom = SbomSummary("SPDX-2.3", text, BLOB, "platform", created, (text,), 18, 40)
    image = ImageReport(
        reference=text,
        verdict=verdict,
        digest=INDEX,
        resolved=f"{text}@{INDEX}",
        media_type="application/vnd.oci.image.index.v1+json",
        is_index=True,
        signatures=(AcceptedStatement(signature, ("release",)),),
        attestations=(AcceptedStatement(attestation, ("key",)),),
        rejected=(Rejection(BLOB, (text,), "TimeError", text),),
        unsigned=(Unsigned(BLOB, (text,), text),),
        checks=(),
        platforms=(PlatformReport(Platform("linux", "amd64"), AMD64, verdict, sbom, (check,)),),
        platforms_left_out=("linux/arm64",),
        searched=(text,),
        warnings=(text,),
    )
    return Report(
        images=(image,),
        policies=(PolicySource("app", text, BLOB),),
        trust_root=TrustRootSource(text, BLOB),
        evaluated_at=TIME,
    )


def unavailable() -> Report:
    """A report of an image that could not be had, without a trust root."""
    check = Finding(
        rule="image",
        policy=None,
        outcome=Outcome.ERROR,
        verdict=Verdict.UNAVAILABLE,
        code="RegistryError",
        message="registry.example cannot be reached",
        hint="is there a network?",
    )
    return Report((ImageReport("app", Verdict.UNAVAILABLE, checks=(check,)),), (), None, TIME)


def refused(*checks: Finding, rejected: tuple[Rejection, ...] = ()) -> Report:
    """A report of a refused image that is no index."""
    image = ImageReport(
        reference="registry.example/app:1",
        verdict=Verdict.UNVERIFIED,
        digest=AMD64,
        resolved=f"registry.example/app@{AMD64}",
        media_type="application/vnd.oci.image.manifest.v1+json",
        rejected=rejected,
        platforms=(PlatformReport(Platform("linux", "amd64"), AMD64, Verdict.UNVERIFIED, None, checks),),
        searched=("referrers", "tag"),
    )
    return Report((image,), (PolicySource("app", "app.yaml", BLOB),), None, TIME)


def failed_check(message: str, code: str, hint: str, *evidence: Digest) -> Finding:
    """A check that refuses."""
    return Finding(
        rule="signature",
        policy="app",
        outcome=Outcome.FAIL,
        verdict=Verdict.UNVERIFIED,
        code=code,
        message=message,
        hint=hint,
        evidence=evidence,
    )


def of_platforms(*platforms: tuple[str, Finding | None]) -> Report:
    """A report of an index: architectures, each with the check that it has instead of a passed one."""
    made = report("text")
    (image,) = made.images
    (first,) = image.platforms
    reports = tuple(
        replace(
            first,
            platform=Platform("linux", architecture),
            digest=Digest.of(architecture.encode()),
            verdict=check.verdict if check else Verdict.PASS,
            checks=(check,) if check else first.checks,
        )
        for architecture, check in platforms
    )
    verdict = max(item.verdict for item in reports)
    return replace(made, images=(replace(image, platforms=reports, verdict=verdict),))
