"""A repository of a registry. OCI distribution specification 1.1."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol

from verifier.errors import (
    AuthError,
    DigestMismatch,
    LimitExceeded,
    OtherDocumentError,
    RedirectError,
    RegistryError,
    RejectedError,
)
from verifier.keychain.interface import Keychain
from verifier.limits import EVIDENCE_ITEMS, MANIFEST_BYTES, REFERRER_PAGES
from verifier.model.descriptor import Content, Descriptor, Listing, UnreadEntry
from verifier.model.digest import Digest
from verifier.model.manifest import OCI_INDEX
from verifier.model.reference import ImageReference
from verifier.model.registry_name import HTTP_PORT
from verifier.registry.answers import MANIFESTS, content_type, is_manifest, is_page, lacks_api
from verifier.registry.auth import Tokens
from verifier.registry.documents import describe, parse_listing
from verifier.registry.http import BodyTooLongError, Follow, HttpClient, Request, Response
from verifier.registry.origins import join, origin
from verifier.registry.realm import Party
from verifier.registry.redaction import Discretion, Redaction
from verifier.registry.refusals import advice, error_text
from verifier.text import safe

_ADDRESSES = {"docker.io": "registry-1.docker.io"}
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
_EVIDENCE_TAG = re.compile(r"sha256-[0-9a-f]{64}(\.[a-z]+)?")


class Cache(Protocol):
    """Keeps content by digest; what it gives was hashed again."""

    def get(self, digest: Digest) -> bytes | None:
        """The content, or None."""
        ...

    def put(self, digest: Digest, raw: bytes) -> None:
        """Keep ``raw``."""
        ...


class RemoteRegistry:
    """See `verifier.registry.interface.Source`."""

    def __init__(
        self,
        reference: ImageReference,
        client: HttpClient,
        tokens: Tokens,
        keychain: Keychain,
        *,
        allow_http: Collection[str] = (),
        realms: Collection[str] = (),
        cache: Cache | None = None,
    ) -> None:
        self._reference = reference
        self._client = client
        self._tokens = tokens
        self._allow_http = frozenset(allow_http)
        self._realms = frozenset(realms)
        self._cache = cache
        self._authorization: str | None = None
        self._discretion = Discretion(lambda: keychain.credentials(reference.address, reference.repository))
        address = _ADDRESSES.get(reference.registry, reference.address)
        scheme = "http" if reference.port == HTTP_PORT or address in self._allow_http else "https"
        self._base = f"{scheme}://{address}/v2/{reference.repository}/"
        try:
            self._home = origin(self._base)
        except ValueError:
            raise RegistryError(
                f"{safe(address)} cannot be the address of a registry", hint="check the name of the image"
            ) from None
        self._address = address

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._reference.name

    def close(self) -> None:
        """See `Source.close`. The client belongs to the whole run."""

    def resolve(self) -> Content:
        """See `Source.resolve`. Where a digest is given it decides, and the tag is not asked for."""
        digest, tag = self._reference.digest, self._reference.tag
        content = self.manifest(digest) if digest is not None else self.tagged(tag or "latest")
        if content is None:
            raise RegistryError(
                f"there is no image {safe(self._reference)}",
                hint="check the name and the tag; private registries also answer so without credentials",
            )
        return content

    def manifest(self, digest: Digest) -> Content | None:
        """See `Source.manifest`."""
        raw = None if self._cache is None else self._cache.get(digest)
        if raw is not None:
            return Content.checked(describe(raw, content_type=None), raw)
        with self._discretion.kept():
            content = self._manifest(str(digest), wanted=digest)
        if content is not None:
            self._keep_manifest(content)
        return content

    def tagged(self, tag: str) -> Content | None:
        """See `Source.tagged`. A tag is never looked up in the cache."""
        with self._discretion.kept():
            content = self._manifest(tag)
        if content is not None:
            self._keep_manifest(content)
        return content

    def _manifest(self, reference: str, *, wanted: Digest | None = None) -> Content | None:
        response = self._get(
            f"{self._base}manifests/{reference}", accept=", ".join(MANIFESTS), limit=MANIFEST_BYTES
        )
        if response.status == 404:
            return None
        if response.status != 200:
            raise self._refused(response, f"the manifest {safe(reference)}", tag=reference)
        if wanted is not None and is_manifest(response):
            _require(wanted, response.body)  # before anything of it is read
        try:
            descriptor = describe(response.body, content_type=response.headers.get("content-type", ""))
        except OtherDocumentError:
            if wanted is not None:
                _require(wanted, response.body)  # else it may be what a proxy says in the registry's place
            raise
        if wanted is not None:
            _require(wanted, response.body)
        return Content.checked(descriptor, response.body)

    def redaction(self) -> Redaction:
        """See `Source.redaction`."""
        return self._discretion.redaction()

    def referrers(self, digest: Digest) -> Listing:
        """See `Source.referrers`."""
        with self._discretion.kept():
            listing = self._referrers(digest)
        if not listing.unread:
            return listing
        hide = self._discretion.redaction().hide
        unread = tuple(UnreadEntry(hide(entry.what), hide(entry.reason)) for entry in listing.unread)
        return replace(listing, unread=unread)

    def _referrers(self, digest: Digest) -> Listing:
        entries: list[Descriptor] = []
        unread: list[UnreadEntry] = []
        url, seen = f"{self._base}referrers/{digest}", set[str]()
        for _ in range(REFERRER_PAGES):
            response = self._get(url, accept=OCI_INDEX, limit=MANIFEST_BYTES, follow="equivalent")
            page = self._page(response, digest)
            if page is None:
                if seen:
                    raise RegistryError(f"{safe(self._address)} broke off its list of referrers of {digest}")
                return Listing()
            seen.add(url)
            entries += page.entries
            unread += page.unread
            if len(entries) + len(unread) > EVIDENCE_ITEMS:
                raise LimitExceeded(f"more than {EVIDENCE_ITEMS} manifests refer to {digest}")
            following = self._next(response)
            if following is None:
                return Listing(tuple(entries), tuple(unread))
            if following in seen:
                raise RedirectError(f"{safe(self._address)} lists the referrers of {digest} in a circle")
            url = following
        raise LimitExceeded(f"{safe(self._address)} lists more than {REFERRER_PAGES} pages of referrers")

    def _page(self, response: Response, digest: Digest) -> Listing | None:
        """A page of the list; None where this is how a registry answers that has no such API.

        The media type does not matter: some registries send the right list under another one.
        """
        if response.status != 200:
            if lacks_api(response):
                return None
            raise self._refused(response, f"the referrers of {digest}")
        try:
            return parse_listing(response.body)
        except RejectedError as error:
            if content_type(response) == OCI_INDEX:
                raise
            if is_page(response):
                return None
            sent = safe(content_type(response) or "no content type", limit=80)
            raise RegistryError(
                f"{safe(self._address)} sent {sent} that is no list of the referrers of {digest}:"
                f" {error.message}",
                hint="a proxy or a login page may have answered in the registry's place",
            ) from None

    def _next(self, response: Response) -> str | None:
        link = _NEXT.search(response.headers.get("link", "")[:4096])
        if link is None:
            return None
        try:
            following = join(response.url, link[1])
            if origin(following) == self._home:
                return following
        except ValueError:
            pass
        raise RedirectError(f"{safe(self._address)} continues its list of referrers on another host")

    def attached(self) -> Sequence[tuple[str, Descriptor]]:
        """See `Source.attached`."""
        return ()

    def blob(self, descriptor: Descriptor, *, limit: int) -> Content:
        """See `Source.blob`."""
        if descriptor.size > limit:
            raise LimitExceeded(f"{descriptor.digest} has {descriptor.size} bytes; at most {limit} are read")
        raw = None if self._cache is None else self._cache.get(descriptor.digest)
        if raw is None:
            with self._discretion.kept():
                raw = self._blob(descriptor, limit)
        content = Content.checked(descriptor, raw)
        self._keep(content)
        return content

    def _blob(self, descriptor: Descriptor, limit: int) -> bytes:
        try:
            response = self._get(
                f"{self._base}blobs/{descriptor.digest}", accept="*/*", limit=descriptor.size
            )
        except BodyTooLongError as error:
            if (error.announced or 0) > limit:
                raise
            raise DigestMismatch(
                f"asked for {descriptor.digest} of {descriptor.size} bytes: {error.message}",
                hint="the registry holds damaged or replaced content; nothing of it was used",
            ) from None
        if response.status != 200:
            raise self._refused(response, f"the blob {descriptor.digest}")
        if is_page(response) and Digest.of(response.body) != descriptor.digest:
            raise RegistryError(
                f"{safe(self._address)} sent a web page instead of the blob {descriptor.digest}",
                hint="a proxy or a login page may have answered in the registry's place",
            )
        return response.body

    def _keep_manifest(self, content: Content) -> None:
        # Read from the cache, a document must be taken for what it is now, without the registry's word.
        if describe(content.raw, content_type=None) == content.descriptor:
            self._keep(content)

    def _keep(self, content: Content) -> None:
        if self._cache is not None:
            self._cache.put(content.digest, content.raw)

    def _get(self, url: str, *, accept: str, limit: int, follow: Follow = "anywhere") -> Response:
        """Ask, and once more with what the registry's challenge wants to see."""
        request = Request(
            url,
            limit,
            headers={"Accept": accept},
            authorization=self._authorization,
            follow=follow,
            allow_http=self._allow_http,
        )
        response = self._client.send(request)
        # A challenge by another host, to which a redirect led, is none of the registry's.
        if response.status != 401 or origin(response.url) != self._home:
            return response
        credentials = self._discretion.credentials()
        party = Party(
            host=self._reference.registry,
            home=self._home,
            repository=self._reference.repository,
            credentials=credentials,
            realms=self._realms,
            allow_http=self._allow_http,
        )
        authorization = self._tokens.authorization(party, response, request.authorization)
        if authorization is None:
            return response
        self._authorization = authorization
        self._discretion.learn(authorization.partition(" ")[2])
        return self._client.send(replace(request, authorization=authorization))

    def _refused(self, response: Response, what: str, tag: str = "") -> RegistryError:
        host, said = safe(self._address), error_text(response, self._discretion.secrets)
        if response.status not in {401, 403}:
            return RegistryError(
                f"{host} answered status {response.status} for {what}{said}", hint=advice(response.status)
            )
        hint = f"log in with 'docker login {safe(self._reference.address)}' or an equivalent"
        if response.status == 403 and _EVIDENCE_TAG.fullmatch(tag):
            hint = "some registries answer so for a tag that does not exist; ask for the right to list tags"
        return AuthError(f"{host} does not let you see {what} (status {response.status}){said}", hint=hint)


def _require(wanted: Digest, body: bytes) -> None:
    if (actual := Digest.of(body)) != wanted:
        raise DigestMismatch(
            f"asked for {wanted}, got {actual}",
            hint="the registry holds damaged or replaced content; nothing of it was used",
        )
