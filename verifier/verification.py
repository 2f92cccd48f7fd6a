"""What a run does with images and bundles: every image asked for, side by side, to one report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verifier.assembly import NO_POLICY, Session
from verifier.budget import Budget
from verifier.deadline import Deadline
from verifier.errors import InputError, LimitExceeded, ManifestError, TrustRootUnavailableError, UsageError
from verifier.limits import EVIDENCE_BYTES
from verifier.local_files import read_bounded
from verifier.model.bundle import Bundle, Format
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference, LayoutReference, Reference
from verifier.model.reference_parser import over_http, parse_reference
from verifier.model.report import AcceptedStatement, ImageReport, PolicySource, Report
from verifier.model.verified import VerifiedStatement
from verifier.pipeline import Gathered, Progress, failed, judge
from verifier.policy.evaluator import accepted_statements, evaluate, wanted_names
from verifier.policy.image_checks import Asked
from verifier.policy.shipped import applying_to
from verifier.policy.values import Judgement, Policy
from verifier.registry.layout import LayoutSource
from verifier.registry.local_names import explained
from verifier.registry.recording import RecordingSource
from verifier.registry.saving import SavedImage, require_savable, save_evidence
from verifier.settings import Settings
from verifier.text import safe
from verifier.workers import Workers

_IMAGES = 4  # images side by side; their requests share one pool


@dataclass(frozen=True, slots=True)
class Inspection:
    """An image's evidence for display, and which of it is by signers that are wanted.

    ``name`` is the image's, or what a layout says that it is, or None.
    """

    name: str | None
    gathered: Gathered
    policies: tuple[Policy, ...]
    accepted: tuple[AcceptedStatement, ...]

    @property
    def evidence(self) -> ImageEvidence:
        """The facts."""
        return self.gathered.evidence


def verify_images(
    references: Sequence[str],
    settings: Settings,
    *,
    platforms: Mapping[str, tuple[Platform, ...]] | None = None,
    progress: Progress = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
    done: Callable[[ImageReport], ImageReport] = lambda report: report,
    deadline: Deadline | None = None,
) -> Report:
    """Verify images. Raises `InputError` before anything is judged.

    ``platforms`` are those of single references, instead of those in the settings. ``done`` is given each
    report as it is ready, and gives what is kept of it; it is called from several threads. ``deadline`` is
    that of a run whose time has begun already.
    """
    with Session(settings, progress=progress, warn=warn, deadline=deadline) as session:
        runs = _runs(session, references)
        for run in runs:
            run.platforms = (platforms or {}).get(run.text, session.platforms)
        reports, finished = _reports(session, runs, done)
        if settings.save_evidence is not None:
            _save(settings.save_evidence, session, finished, warn)
        used = {policy.name: policy for run in runs for policy in run.policies}
        return Report(
            images=tuple(reports),
            policies=tuple(PolicySource(p.name, p.source, p.digest) for p in used.values()),
            trust_root=session.trust_root_source() if runs else None,
            evaluated_at=settings.at,
        )


def _reports(
    session: Session, runs: Sequence[_Run], done: Callable[[ImageReport], ImageReport]
) -> tuple[list[ImageReport], list[_Run]]:
    """The report of each run, and the runs that came to their end before time was up."""
    reports, finished = [], []
    with Workers(min(len(runs), _IMAGES) or 1) as images:
        begun = [images.submit(lambda run=run: done(run.report())) for run in runs]  # type: ignore[misc]
        for run, report in zip(runs, begun, strict=True):
            try:
                reports.append(session.deadline.result_of(report))
                finished.append(run)
            except LimitExceeded as error:
                reports.append(done(failed(run.text, error)))
        if len(finished) < len(runs):
            images.abandon()
            session.abandon()
    return reports, finished


def verify_saved(
    reference: LayoutReference, settings: Settings, *, typed: ImageReference | None
) -> ImageReport:
    """Verify the image in a layout; with ``typed``, judge it as if that had been asked for.

    For tests of policies alone, since a layout's name cannot be trusted. Raises `InputError`.
    """
    with Session(settings, progress=lambda _: None, warn=lambda _: None) as session:
        run = _Run(session, str(typed or reference), reference, session.policies, typed=typed)
        return run.report()


def inspect_image(session: Session, text: str, *, judged: bool) -> Inspection:
    """Fetch and verify an image's evidence for display. Raises `VerifierError`.

    With ``judged`` somebody must be wanted: `UsageError` where no policy and no signer is given.
    """
    run = _run(session, text, _parsed(text, session), required=judged)
    gathered = session.within(run.gather)
    return Inspection(run.name, gathered, run.policies, accepted_statements(run.policies, gathered.evidence))


def verify_bundle(
    session: Session, path: Path, artifact: Digest
) -> tuple[VerifiedStatement, tuple[str, ...]]:
    """Verify one bundle file about ``artifact``, and name the wanted signers that its signer is.

    Raises `VerifierError`; `IdentityError` where somebody else is wanted. The names are empty where nobody
    in particular is wanted.
    """
    try:
        raw = read_bounded(path, EVIDENCE_BYTES)
    except OSError as error:
        raise ManifestError(f"cannot read the bundle {safe(path)}: {error.strerror}") from error
    bundle = Bundle(Format.BUNDLE, raw, Digest.of(raw), (f"file {path}",))
    verified = session.within(lambda: session.signatures.verify_artifact(bundle, artifact))
    return verified, wanted_names(session.policies, verified)


class _Run:
    """One image of a run."""

    def __init__(
        self,
        session: Session,
        text: str,
        reference: Reference,
        policies: tuple[Policy, ...],
        typed: ImageReference | None = None,
    ) -> None:
        self._session = session
        self.text = text
        self.reference = reference
        self._typed = reference if isinstance(reference, ImageReference) else typed
        self.policies = policies
        self.platforms = session.platforms
        self.name: str | None = None  # the image's; of a layout, the one that it claims
        self._recorder: RecordingSource | None = None

    def report(self) -> ImageReport:
        """Judge the image. Raises `InputError` alone; all else is a report."""
        try:
            return judge(self.gather(), self.text, self._decide)
        except Exception as error:  # noqa: BLE001 - `failed` decides; an unknown error must never be a pass
            return failed(self.text, error)
        finally:
            if self._session.settings.save_evidence is None:
                self._recorder = None  # all that was read: of many images, more than a machine can hold

    def gather(self) -> Gathered:
        """Fetch and verify; for a layout, choose the shipped policies by the name that it claims."""
        with explained(self.text):
            source = self._session.source(self.reference)
            budget = Budget(self._session.settings.evidence)
            self._recorder = RecordingSource(source, budget)
            try:
                gathered = self._session.pipeline(budget).gather(self._recorder, self.platforms)
                self.name = _claimed_name(source) if isinstance(source, LayoutSource) else source.name
            finally:
                self._recorder.close()
        if isinstance(self.reference, ImageReference) and (saved := self.saved()) is not None:
            self._session.remember(saved)
        if self._typed is not None:
            self.name = self._typed.name
            gathered = replace(gathered, evidence=replace(gathered.evidence, name=self.name))
        if not self.policies and self.name:
            self.policies = applying_to(self.name)
        return gathered

    def _decide(self, evidence: ImageEvidence) -> Judgement:
        from verifier.sbom.reader import read_sbom, validate_attested

        if not self.policies:
            raise UsageError(f"no policy that ships with verify is about {safe(self.text)}", hint=NO_POLICY)
        now = self._session.settings.at
        asked = (
            Asked.of(self._typed, now)
            if self._typed is not None
            else Asked(name=None, claimed=self.name or evidence.name, tag=None, now=now)
        )
        return evaluate(self.policies, evidence, asked=asked, decode=read_sbom, validate=validate_attested)

    def saved(self) -> SavedImage | None:
        """What was read of the image, to be saved; None where it could not be read."""
        recording = self._recorder.recording() if self._recorder else None
        if recording is None:
            return None
        return SavedImage(self.text, self.name, self.reference.tag, recording)


def _parsed(text: str, session: Session) -> Reference:
    with explained(text):
        return over_http(parse_reference(text), session.settings.allow_http)


def _run(session: Session, text: str, reference: Reference, *, required: bool) -> _Run:
    with explained(text):
        return _Run(session, text, reference, session.policies_for(reference, required=required))


def _claimed_name(layout: LayoutSource) -> str | None:
    """The repository that a layout says it is from; other tools write the tag along with it."""
    claimed = layout.recorded_name
    try:
        reference = parse_reference(claimed) if claimed else None
    except InputError:
        return claimed
    return reference.name if isinstance(reference, ImageReference) else claimed


def _runs(session: Session, references: Sequence[str]) -> list[_Run]:
    """Everything that can be wrong with what the user gave is found here, before anything is judged."""
    if session.settings.save_evidence is not None:
        require_savable(session.settings.save_evidence)
    asked = [(text, _parsed(text, session)) for text in references]
    runs = [_run(session, text, reference, required=True) for text, reference in asked]
    if session.settings.trusted_root is not None:
        _ = session.trust_root
    return runs


def _save(directory: Path, session: Session, runs: Sequence[_Run], warn: Callable[[str], None]) -> None:
    saved = [image for run in runs if (image := run.saved()) is not None]
    try:
        if saved:
            at = session.settings.at
            save_evidence(directory, saved, trust_root=session.trust_root, evaluated_at=at)
            return
    except TrustRootUnavailableError as error:
        warn(error.message)
    warn(f"no evidence was saved to {safe(directory)}: nothing could be verified")
