"""Settings to objects: the only file that names implementations."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from verifier.budget import Budget
from verifier.deadline import Deadline
from verifier.errors import (
    RegistryError,
    UnavailableError,
    UsageError,
)
from verifier.limits import POLICY_BYTES, WORKERS
from verifier.local_files import read_bounded
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference, LayoutReference, Reference
from verifier.model.report import TrustRootSource
from verifier.model.trust import PublicKey, TrustRoot
from verifier.once import once
from verifier.pipeline import Pipeline, Progress, Turn
from verifier.policy.adhoc import adhoc_policy
from verifier.policy.keys import load_public_key
from verifier.policy.shipped import applying_to, resolve
from verifier.policy.signers import KeyIdentity
from verifier.policy.values import Policy
from verifier.registry.discovery import discover
from verifier.registry.documents import parse
from verifier.registry.interface import Source
from verifier.registry.layout import LayoutSource
from verifier.registry.saving import SavedImage
from verifier.settings import Settings, token_realms
from verifier.text import safe
from verifier.workers import Workers

if TYPE_CHECKING:
    from verifier.keychain.interface import Keychain
    from verifier.registry.auth import Tokens
    from verifier.registry.cache import ContentCache
    from verifier.registry.evidence_cache import EvidenceCache
    from verifier.registry.http import HttpClient
    from verifier.registry.remote import Cache
    from verifier.signature.verifier import SigstoreVerifier
    from verifier.trustroot.tuf import TufTrustRoot

T = TypeVar("T")

NO_POLICY = (
    "say who must have signed: --policy FILE, or --certificate-identity with --certificate-oidc-issuer,"
    " or --key FILE"
)


class Session:
    """One run. What several images share is made once, when it is first needed.

    Its time ends with ``deadline``, or begins now.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        progress: Progress,
        warn: Callable[[str], None],
        deadline: Deadline | None = None,
    ) -> None:
        self.settings = settings
        self._progress = progress
        self._warn = warn
        self._stack = ExitStack()
        self.deadline = deadline or Deadline(settings.timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def within(self, work: Callable[[], T]) -> T:
        """The result of ``work``, which may use the processor for long. Raises what it raises, and
        `LimitExceeded` when time is up."""
        with Workers(1) as one:
            begun = one.submit(work)
            try:
                return self.deadline.result_of(begun)
            finally:
                if not begun.done():
                    one.abandon()
                    self.abandon()

    def abandon(self) -> None:
        """Wait no longer for what is still under way, and begin nothing more: time is up."""
        self.workers.abandon()

    def another(self, settings: Settings, *, keychain: Keychain | None = None) -> Session:
        """A further run, with the policies, the trust root and the verifier of this one.

        ``keychain`` is asked before the credentials that the settings lead to.
        """
        other = Session(settings, progress=self._progress, warn=self._warn)
        other.policies, other.trust_root, other.signatures = self.policies, self.trust_root, self.signatures
        if keychain is not None:
            from verifier.keychain.chain import ChainKeychain

            other._keychain = ChainKeychain((keychain, other._keychain))
        return other

    # --- what is shared ---

    @once
    def trust_root(self) -> TrustRoot:
        """The trust root. Raises `TrustRootError` and `TrustRootUnavailableError`."""
        settings = self.settings
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
        if self.settings.trusted_root is not None:
            raise UsageError(
                "a trust root from --trusted-root is a file of yours; it cannot be updated",
                hint="leave --trusted-root out to update Sigstore's",
            )
        self._progress("fetching the trust root")
        return self._tuf().update()

    def _tuf(self) -> TufTrustRoot:
        from verifier.trustroot.instances import PUBLIC_GOOD, STAGING
        from verifier.trustroot.tuf import TufTrustRoot

        settings = self.settings
        name = "staging" if settings.staging else "public-good"
        return TufTrustRoot(
            instance=STAGING if settings.staging else PUBLIC_GOOD,
            directory=None if settings.cache is None else settings.cache / "tuf" / name,
            fetch=None if settings.offline else self._http.fetch,
            now=settings.at,
        )

    @once
    def policies(self) -> tuple[Policy, ...]:
        """The policies that were asked for; empty where the shipped ones are to be chosen by image."""
        signer = self.settings.signer
        adhoc = adhoc_policy(
            identity=signer.identity,
            identity_regexp=signer.identity_regexp,
            issuer=signer.issuer,
            issuer_regexp=signer.issuer_regexp,
            keys=[_read_key(path) for path in signer.keys],
            require=signer.require,
        )
        # Whoever names a policy without signers, and a signer, means that this signer satisfies it.
        signers = {} if adhoc is None else adhoc.signers
        given = [resolve(text, signers=signers) for text in dict.fromkeys(self.settings.policies)]
        if adhoc is None and signer.require:
            raise UsageError(
                "--require is given without a signer: an identity or a key on the command line",
                hint="a policy's own 'require' says what it asks for" if given else NO_POLICY,
            )
        return (*given, adhoc) if adhoc is not None else tuple(given)

    @once
    def _http(self) -> HttpClient:
        from verifier.registry.addresses import AddressGuard
        from verifier.registry.http import HttpClient
        from verifier.registry.proxies import Proxies

        environment, private = self.settings.environment, self.settings.private_registries
        guard = None if private is None else AddressGuard(private | self.settings.allow_http)
        client = HttpClient(
            self.deadline,
            guard=guard,
            ca_file=environment.get("SSL_CERT_FILE"),
            proxies=Proxies.read(environment),
        )
        self._stack.callback(client.close)
        return client

    @once
    def _tokens(self) -> Tokens:
        from verifier.registry.auth import Tokens

        return Tokens(self._http)

    @once
    def _keychain(self) -> Keychain:
        from verifier.keychain.chain import build_keychain

        return build_keychain(self.settings.environment, self.settings.home)

    @once
    def content_cache(self) -> ContentCache | None:
        """The cache of content, or None where nothing may be kept."""
        from verifier.registry.cache import ContentCache

        directory = self.settings.cache
        return None if directory is None else ContentCache(directory / "content", warn=self._warn)

    @once
    def workers(self) -> Workers:
        """The threads that requests run in."""
        return self._stack.enter_context(Workers(WORKERS))

    @once
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
            parse_statement=partial(parse_statement, values=self.settings.evidence.values),
            parse_simple_signing=parse_simple_signing,
        )

    def policies_for(self, reference: Reference, *, required: bool = True) -> tuple[Policy, ...]:
        """The policies given, else the shipped ones that are about the image.

        Of a layout it is not known yet what image it claims to be: empty, and the caller chooses later.
        """
        if self.policies or isinstance(reference, LayoutReference):
            return self.policies
        chosen = applying_to(reference.name)
        if not chosen and required:
            raise UsageError(
                f"no policy that ships with verify is about {safe(reference.name)}", hint=NO_POLICY
            )
        return chosen

    def source(self, reference: Reference, *, cache: Cache | None = None) -> Source:
        """Where ``reference`` lies; ``cache`` is asked for content first, by default that of this machine."""
        if isinstance(reference, LayoutReference):
            return LayoutSource(reference)
        if self.settings.offline:
            return self._cached_image(reference)
        from verifier.registry.remote import RemoteRegistry

        return RemoteRegistry(
            reference,
            self._http,
            self._tokens,
            self._keychain,
            allow_http=self.settings.allow_http,
            realms=token_realms(self.settings.environment, reference.registry),
            cache=self.content_cache if cache is None else cache,
        )

    @once
    def evidence_cache(self) -> EvidenceCache | None:
        """What was read of images of registries before, or None where nothing may be kept."""
        from verifier.registry.evidence_cache import EvidenceCache

        directory = self.settings.cache
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
        if not self.settings.offline and self.evidence_cache is not None:
            self.evidence_cache.store(image, trust_root=self.trust_root, evaluated_at=self.settings.at)

    def pipeline(self, budget: Budget, turn: Turn = nullcontext) -> Pipeline:
        """The steps, put together, for one image that may take as much as ``budget``."""
        return Pipeline(
            parse=parse,
            discover=partial(discover, bounds=budget.bounds),
            signatures=lambda: self.signatures,
            workers=self.workers,
            progress=self._progress,
            budget=budget,
            check=self.deadline.left,
            turn=turn,
        )

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The platforms that were asked for; empty for all."""
        return self.settings.platforms

    def trust_root_source(self) -> TrustRootSource | None:
        """The trust root for the report; None where none could be had."""
        try:
            root = self.trust_root
        except UnavailableError:
            return None
        return TrustRootSource(root.source, root.digest)


def _read_key(path: Path) -> PublicKey:
    try:
        raw = read_bounded(path, POLICY_BYTES)
    except OSError as error:
        raise UsageError(
            f"cannot read the key {safe(path)}: {error.strerror}", hint="--key takes the path of a public key"
        ) from error
    return load_public_key(raw, source=str(path))
