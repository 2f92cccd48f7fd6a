"""What has been verified: facts about who signed what, when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from verifier.model.bundle import Format
from verifier.model.digest import Digest
from verifier.model.statement import COSIGN_SIGN, MessageSignature, SimpleSigning, Statement


@dataclass(frozen=True, slots=True)
class CertificateSigner:
    """Whoever an authority certified: the one subject alternative name and the OIDC issuer.

    ``subject_kind`` is ``uri``, ``email`` or ``other-name``. ``claims`` are the further Fulcio extensions
    under the names of Fulcio's oid-info.md in lower camel case (``sourceRepositoryURI``, …).
    """

    issuer: str
    subject: str
    subject_kind: str
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A managed key that the user trusts; ``fingerprint`` as in `PublicKey`."""

    fingerprint: str


Signer = CertificateSigner | KeySigner


class Proof(Enum):
    """How the log proved that it holds the entry. The values are public (JSON report)."""

    PROMISE = "promise"
    INCLUSION = "inclusion-proof"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A verified transparency log entry: ``kind`` such as ``dsse/0.0.1``, ``log_id`` in hexadecimal."""

    kind: str
    index: int
    log_id: str
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedStatement:
    """A statement or image signature by ``signer`` about the digests ``about``.

    Only `verifier.signature` creates these: the signature is good, the certificate or key known, log and
    time established, and ``about`` are those of the digests asked for that the signed payload names
    (never empty). Whether the signer is wanted is not decided here.
    """

    content: Statement | SimpleSigning | MessageSignature
    about: tuple[Digest, ...]
    signer: Signer
    log: LogEntry | None
    signed_at: datetime | None
    format: Format
    evidence: Digest
    stored_at: tuple[str, ...]

    @property
    def is_image_signature(self) -> bool:
        """Whether this says "this image", and not something about it."""
        match self.content:
            case SimpleSigning():
                return True
            case Statement(predicate_type=predicate_type):
                return predicate_type == COSIGN_SIGN
            case MessageSignature():
                return False

    @property
    def statement(self) -> Statement | None:
        """The in-toto statement, where this is an attestation: one that is no image signature."""
        if isinstance(self.content, Statement) and not self.is_image_signature:
            return self.content
        return None
