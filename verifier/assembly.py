"""Settings to objects: the only file that names implementations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from verifier.errors import (
    ManifestError,
    RegistryError,
    TrustRootUnavailableError,
    UnavailableError,
    UsageError,
)
from verifier.limits import POLICY_BYTES, WORKERS
from verifier.model.bundle import Bundle, Format
from verifier.model.digest import Digest
from verifier.model.evidence import ImageEvidence
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference, LayoutReference, Reference
from verifier.model.reference_parser import parse_reference
from verifier.model.report import AcceptedStatement, ImageReport, PolicySource, Report, TrustRootSource
from verifier.model.trust import PublicKey, TrustRoot
from verifier.model.verified import VerifiedStatement
from verifier.pipeline import Gathered, Pipeline, Progress, failed, judge
from verifier.policy.adhoc import adhoc_policy
from verifier.policy.evaluator import accepted_statements, evaluate, wanted_names
from verifier.policy.keys import load_public_key
from verifier.policy.shipped import load_shipped, resolve
from verifier.policy.shipped import names as shipped_names
from verifier.policy.signers import KeyIdentity
from verifier.policy.values import Judgement, Policy
from verifier.registry.discovery import discover
from verifier.registry.documents import parse
from verifier.registry.interface import Source
from verifier.registry.layout import LayoutSource
from verifier.registry.recording import RecordingSource
from verifier.registry.saving import SavedImage
from verifier.settings import Settings, proxies, token_realms
from verifier.text import safe
from verifier.workers import Workers

if TYPE_CHECKING:
    from verifier.keychain.interface import Keychain
    from verifier.registry.auth import Tokens
    from verifier.registry.cache import ContentCache
    from verifier.registry.evidence_cache import EvidenceCache
    from verifier.registry.http import HttpClient
    from verifier.signature.verifier import SigstoreVerifier
    from verifier.trustroot.tuf import TufTrustRoot

_IMAGES = 4  # images side by side; their requests share one pool
_NO_POLICY = (
    "say who must have signed: --policy FILE, or --certificate-identity with --certificate-oidc-issuer,"
    " or --key FILE"
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """An image's evidence for display, and which of it is by signers that are wanted."""

    gathered: Gathered
    policies: tuple[Policy, ...]
    accepted: tuple[AcceptedStatement, ...]

    @property
    def evidence(self) -> ImageEvidence:
        """The facts."""
        return self.gathered.evidence


class Session:
    """One run. What several images share is made once, when it is first needed."""

    def __init__(self, settings: Settings, *, progress: Progress, warn: Callable[[str], None]) -> None:
        self._settings = settings
        self._progress = progress
        self._warn = warn
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    # --- what is shared ---

    @cached_property
    def trust_root(self) -> TrustRoot:
        """The trust root. Raises `TrustRootError` and `TrustRootUnavailableError`."""
        settings = self._settings
        if settings.trusted_root is not None:
            if settings.staging:
                raise UsageError(
                    "--trusted-root and --staging are given together", hint="a run has one trust root"
                )
            from verifier.trustroot.file import FileTrustRoot

            return FileTrustRoot(settings.trusted_root).load()
        self._progress("loading the trust root")
        return self._tuf().load()

    def update_trust_root(self) -> TrustRoot:
        """Fetch the newest trust root, whatever the age of the one that is here."""
        if self._settings.trusted_root is not None:
            raise UsageError(
                "a trust root from --trusted-root is a file of yours; it cannot be updated",
                hint="leave --trusted-root out to update Sigstore's",
            )
        self._progress("fetching the trust root")
        return self._tuf().update()

    def _tuf(self) -> TufTrustRoot:
        from verifier.trustroot.instances import PUBLIC_GOOD, STAGING
        from verifier.trustroot.tuf import TufTrustRoot

        settings = self._settings
        name = "staging" if settings.staging else "public-good"
        return TufTrustRoot(
            instance=STAGING if settings.staging else PUBLIC_GOOD,
            directory=None if settings.cache is None else settings.cache / "tuf" / name,
            fetch=None if settings.offline else self._http.fetch,
            now=settings.at,
        )

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """The policies that were asked for; empty where the shipped ones are to be chosen by image."""
        given = [resolve(text) for text in dict.fromkeys(self._settings.policies)]
        signer = self._settings.signer
        adhoc = adhoc_policy(
            identity=signer.identity,
            identity_regexp=signer.identity_regexp,
            issuer=signer.issuer,
            issuer_regexp=signer.issuer_regexp,
            keys=[_read_key(path) for path in signer.keys],
            require=signer.require,
        )
        if adhoc is None and signer.require:
            raise UsageError("--require is given without a signer", hint=_NO_POLICY)
        return (*given, adhoc) if adhoc is not None else tuple(given)

    @cached_property
    def _http(self) -> HttpClient:
        from verifier.deadline import Deadline
        from verifier.registry.http import HttpClient

        environment = self._settings.environment
        client = HttpClient(
            Deadline(self._settings.timeout),
            ca_file=environment.get("SSL_CERT_FILE"),
            proxy=proxies(environment),
        )
        self._stack.callback(client.close)
        return client

    @cached_property
    def _tokens(self) -> Tokens:
        from verifier.registry.auth import Tokens

        return Tokens(self._http)

    @cached_property
    def _keychain(self) -> Keychain:
        from verifier.keychain.chain import build_keychain

        return build_keychain(self._settings.environment, self._settings.home)

    @cached_property
    def content_cache(self) -> ContentCache | None:
        """The cache of content, or None where nothing may be kept."""
        from verifier.registry.cache import ContentCache

        directory = self._settings.cache
        return None if directory is None else ContentCache(directory / "content", warn=self._warn)

    @cached_property
    def workers(self) -> Workers:
        """The threads that requests run in."""
        return self._stack.enter_context(Workers(WORKERS))

    @cached_property
    def signatures(self) -> SigstoreVerifier:
        """The verifier, with every managed key that a policy knows."""
        from verifier.attestation.statement import parse_simple_signing, parse_statement
        from verifier.signature.verifier import SigstoreVerifier

        keys = {
            signer.key.fingerprint: signer.key
            for policy in self.policies
            for signer in policy.signers.values()
            if isinstance(signer, KeyIdentity)
        }
        return SigstoreVerifier(
            self.trust_root,
            keys=tuple(keys.values()),
            parse_statement=parse_statement,
            parse_simple_signing=parse_simple_signing,
        )

    # --- images ---

    def verify(self, references: Sequence[str]) -> Report:
        """Verify every image. Raises `InputError` before anything is judged."""
        asked = [parse_reference(text) for text in references]
        settings = self._settings
        if settings.save_evidence is not None:
            from verifier.registry.saving import require_savable

            require_savable(settings.save_evidence)
        policies = [self._policies_for(reference) for reference in asked]
        if settings.trusted_root is not None:
            _ = self.trust_root
        runs = [
            _Run(self, text, reference, chosen)
            for text, reference, chosen in zip(references, asked, policies, strict=True)
        ]
        with Workers(min(len(runs), _IMAGES) or 1) as images:
            reports = images.map(_Run.report, runs)
        if settings.save_evidence is not None:
            self._save(settings.save_evidence, runs)
        used = {policy.name: policy for run in runs for policy in run.policies}
        return Report(
            images=tuple(reports),
            policies=tuple(PolicySource(p.name, p.source, p.digest) for p in used.values()),
            trust_root=self._trust_root_source(),
            evaluated_at=settings.at,
        )

    def inspect(self, text: str, *, judged: bool) -> Inspection:
        """Fetch and verify an image's evidence for display. Raises `VerifierError`.

        With ``judged`` somebody must be wanted: `UsageError` where no policy and no signer is given.
        """
        reference = parse_reference(text)
        policies = self._policies_for(reference, required=judged)
        run = _Run(self, text, reference, policies)
        gathered = run.gather()
        return Inspection(gathered, run.policies, accepted_statements(run.policies, gathered.evidence))

    def _policies_for(self, reference: Reference, *, required: bool = True) -> tuple[Policy, ...]:
        """The policies given, else the shipped ones that are about the image.

        Of a layout it is not known yet what image it claims to be: empty, and `_Run` chooses.
        """
        if self.policies or isinstance(reference, LayoutReference):
            return self.policies
        chosen = shipped_for(reference.name)
        if not chosen and required:
            raise UsageError(
                f"no policy that ships with verify is about {safe(reference.name)}", hint=_NO_POLICY
            )
        return chosen

    def source(self, reference: Reference) -> Source:
        """Where ``reference`` lies."""
        if isinstance(reference, LayoutReference):
            return LayoutSource(reference)
        if self._settings.offline:
            return self._cached_image(reference)
        from verifier.registry.remote import RemoteRegistry

        return RemoteRegistry(
            reference,
            self._http,
            self._tokens,
            self._keychain,
            allow_http=self._settings.allow_http,
            realms=token_realms(self._settings.environment, reference.registry),
            cache=self.content_cache,
        )

    @cached_property
    def evidence_cache(self) -> EvidenceCache | None:
        """What was read of images of registries before, or None where nothing may be kept."""
        from verifier.registry.evidence_cache import EvidenceCache

        directory = self._settings.cache
        return None if directory is None else EvidenceCache(directory / "evidence", self._warn)

    def _cached_image(self, reference: ImageReference) -> Source:
        if reference.digest is None:
            raise RegistryError(
                f"which image {safe(reference)} is now cannot be found out with --offline",
                hint=f"name it by digest, {safe(reference.name)}@sha256:…, or verify a saved layout",
            )
        cache = self.evidence_cache
        image = None if cache is None else cache.open(reference, reference.digest)
        if image is None:
            raise RegistryError(
                f"{safe(reference)} is not in the cache, and --offline allows no network",
                hint="verify it once without --offline, or save it with --save-evidence DIRECTORY",
            )
        return image

    def remember(self, image: SavedImage) -> None:
        """Keep what was read of an image of a registry, for --offline."""
        if not self._settings.offline and self.evidence_cache is not None:
            self.evidence_cache.store(image, trust_root=self.trust_root, evaluated_at=self._settings.at)

    def pipeline(self) -> Pipeline:
        """The steps, put together."""
        return Pipeline(
            parse=parse,
            discover=discover,
            signatures=lambda: self.signatures,
            workers=self.workers,
            progress=self._progress,
        )

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The platforms that were asked for; empty for all."""
        return self._settings.platforms

    def _trust_root_source(self) -> TrustRootSource | None:
        try:
            root = self.trust_root
        except UnavailableError:
            return None
        return TrustRootSource(root.source, root.digest)

    def _save(self, directory: Path, runs: Sequence[_Run]) -> None:
        from verifier.registry.saving import save_evidence

        saved = [image for run in runs if (image := run.saved()) is not None]
        try:
            if saved:
                save_evidence(directory, saved, trust_root=self.trust_root, evaluated_at=self._settings.at)
                return
        except TrustRootUnavailableError as error:
            self._warn(error.message)
        self._warn(f"no evidence was saved to {safe(directory)}: nothing could be verified")


class _Run:
    """One image of a run."""

    def __init__(
        self, session: Session, text: str, reference: Reference, policies: tuple[Policy, ...]
    ) -> None:
        self._session = session
        self.text = text
        self.reference = reference
        self.policies = policies
        self.name: str | None = None  # the image's; of a layout, the one that it claims
        self._recorder: RecordingSource | None = None

    def report(self) -> ImageReport:
        """Judge the image. Raises `InputError` alone; all else is a report."""
        try:
            return judge(self.gather(), self.text, self._decide)
        except Exception as error:  # noqa: BLE001 - `failed` decides; an unknown error must never be a pass
            return failed(self.text, error)

    def gather(self) -> Gathered:
        """Fetch and verify; for a layout, choose the shipped policies by the name that it claims."""
        source = self._session.source(self.reference)
        self._recorder = RecordingSource(source)
        try:
            gathered = self._session.pipeline().gather(self._recorder, self._session.platforms)
            self.name = source.recorded_name if isinstance(source, LayoutSource) else source.name
        finally:
            self._recorder.close()
        if isinstance(self.reference, ImageReference) and (saved := self.saved()) is not None:
            self._session.remember(saved)
        if not self.policies and self.name:
            self.policies = shipped_for(self.name)
        return gathered

    def _decide(self, evidence: ImageEvidence) -> Judgement:
        from verifier.sbom.reader import read_sbom

        if not self.policies:
            raise UsageError(f"no policy that ships with verify is about {safe(self.text)}", hint=_NO_POLICY)
        name_matters = isinstance(self.reference, ImageReference)
        return evaluate(self.policies, evidence, name_matters=name_matters, decode=read_sbom)

    def saved(self) -> SavedImage | None:
        """What was read of the image, to be saved; None where it could not be read."""
        recording = self._recorder.recording() if self._recorder else None
        if recording is None:
            return None
        return SavedImage(self.text, self.name, self.reference.tag, recording)


def shipped_for(name: str) -> tuple[Policy, ...]:
    """The policies that ship with the tool and are about the image ``name``."""
    return tuple(policy for policy in map(load_shipped, shipped_names()) if policy.is_about(name))


def _read_key(path: Path) -> PublicKey:
    try:
        raw = path.read_bytes()[:POLICY_BYTES]
    except OSError as error:
        raise UsageError(
            f"cannot read the key {safe(path)}: {error.strerror}", hint="--key takes the path of a public key"
        ) from error
    return load_public_key(raw, source=str(path))


def verify_images(
    references: Sequence[str],
    settings: Settings,
    *,
    progress: Progress = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> Report:
    """Verify images. Raises `InputError` before anything is judged."""
    with Session(settings, progress=progress, warn=warn) as session:
        return session.verify(references)


def verify_bundle(
    session: Session, path: Path, artifact: Digest
) -> tuple[VerifiedStatement, tuple[str, ...]]:
    """Verify one bundle file about ``artifact``, and name the wanted signers that its signer is.

    Raises `VerifierError`; `IdentityError` where somebody else is wanted. The names are empty where nobody
    in particular is wanted.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"cannot read the bundle {safe(path)}: {error.strerror}") from error
    verified = session.signatures.verify_artifact(
        Bundle(Format.BUNDLE, raw, Digest.of(raw), (f"file {path}",)), artifact
    )
    return verified, wanted_names(session.policies, verified)
