"""Where images and their evidence lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from verifier.model.descriptor import Content, Descriptor, Listing
from verifier.model.digest import Digest
from verifier.registry.redaction import Redaction


class Source(Protocol):
    """One repository of a registry, or one OCI layout.

    Implementations return only content that matches its digest, and raise only `RejectedError`
    (`DigestMismatch`, `AmbiguousDocumentError`, `UnsafeLayoutError`) and `UnavailableError` and their
    children. They are safe to use from several threads.

    "None there" is an empty answer or ``None``; "could not look" is an `UnavailableError`.
    """

    @property
    def name(self) -> str:
        """The canonical name: ``docker.io/library/nginx``, ``oci:DIRECTORY``."""
        ...

    def resolve(self) -> Content:
        """The index or manifest that the reference names, read once; its descriptor has the media type.

        Raises `RegistryError` or `LayoutError` where it does not exist.
        """
        ...

    def manifest(self, digest: Digest) -> Content | None:
        """The index or manifest with this digest; None where there is none."""
        ...

    def tagged(self, tag: str) -> Content | None:
        """The index or manifest under this tag; None where there is no such tag."""
        ...

    def referrers(self, digest: Digest) -> Listing:
        """What the referrers API lists for ``digest``, all pages; empty where the API does not exist.

        OCI distribution specification 1.1, "Listing Referrers". Not filtered, not de-duplicated.
        """
        ...

    def attached(self) -> Sequence[tuple[str, Descriptor]]:
        """Evidence that is marked as such without naming its subject: (``sigs`` or ``atts``, descriptor).

        The ``kind`` annotations of ``cosign save``; empty for a registry.
        """
        ...

    def blob(self, descriptor: Descriptor, *, limit: int) -> Content:
        """The content of ``descriptor``, at most ``limit`` bytes (`LimitExceeded` beyond).

        Raises `RegistryError` or `LayoutError` where it does not exist.
        """
        ...

    def redaction(self) -> Redaction:
        """What hides the user's secrets for this place, which its documents may repeat."""
        ...

    def close(self) -> None:
        """Release connections and files."""
        ...
