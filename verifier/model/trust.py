"""The trusted keys and authorities that a verification rests on."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.model.digest import Digest


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """A Sigstore ``trusted_root.json`` that was obtained from a source the user trusts.

    ``source`` says from where, in words for reports: ``file trusted_root.json``,
    ``Sigstore public good instance (TUF)``.
    """

    raw: bytes
    source: str

    @property
    def digest(self) -> Digest:
        """The digest of the file's bytes."""
        return Digest.of(self.raw)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A managed signing key. ``fingerprint`` is ``sha256:<hex>`` of its DER SubjectPublicKeyInfo."""

    der: bytes
    source: str

    @property
    def fingerprint(self) -> str:
        """``sha256:<hex>`` over the DER SubjectPublicKeyInfo."""
        return str(Digest.of(self.der))
