"""Foreign exceptions, stopped at the call that raised them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import (
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    UnsupportedGeneralNameType,
)
from rfc3161_client import VerificationError as TimestampError
from sigstore.errors import CertValidationError, Error
from sigstore.models import InvalidBundle

from verifier.errors import (
    BundleError,
    IdentityError,
    RejectedError,
    SignatureError,
    SubjectError,
    TimeError,
    TransparencyError,
    UntrustedTimeWindowError,
)
from verifier.panics import is_panic
from verifier.text import safe

# sigstore-python has one exception for everything that does not verify; its text tells the steps apart.
# Which class a failure gets is for people: whatever is not listed is a rejection all the same.
_STEPS: tuple[tuple[str, type[RejectedError]], ...] = (
    ("Integrated time only supported", BundleError),
    ("Unsupported", BundleError),
    ("not enough sources of verified time", TimeError),
    ("too many signed timestamp", TimeError),
    ("duplicate timestamp", TimeError),
    ("no Timestamp Authorities", TimeError),
    ("Invalid Timestamp Response", TimeError),
    ("bundle must contain an inclusion promise or signed timestamp", TimeError),
    ("invalid signing cert", TimeError),
    ("invalid log entry: SET", TimeError),
    ("SET:", TimeError),
    ("invalid log entry", TransparencyError),
    ("failed to verify SCT", IdentityError),
    ("SCT verify", IdentityError),
    ("Key usage", IdentityError),
    ("Extended usage", IdentityError),
    ("DSSE:", SignatureError),
    ("Signature is invalid for input", SignatureError),
    ("Bundle message digest mismatch", SubjectError),
    ("log entry", TransparencyError),
    ("transparency log entry", TransparencyError),
    ("invalid DSSE log entry", TransparencyError),
    ("expected SHA256 payload hash", TransparencyError),
    ("entry must contain inclusion proof", TransparencyError),
    ("bundle must contain an inclusion promise", TransparencyError),
    ("expected exactly one log entry", TransparencyError),
    ("expected checkpoint", TransparencyError),
    ("Inclusion proof", TransparencyError),
    ("inclusion proof", TransparencyError),
    ("checkpoint", TransparencyError),
    ("malformed", TransparencyError),
    ("note must contain", TransparencyError),
    ("keyring", TransparencyError),
)


@contextmanager
def stopped(what: str) -> Iterator[None]:
    """Turn whatever escapes a library while it handles ``what`` into a `RejectedError`."""
    try:
        yield
    except CertValidationError as error:
        raise UntrustedTimeWindowError(
            f"{what}: the certificate is not of an authority in the trust root",
            hint="was it signed with another Sigstore instance? see --trusted-root and --staging",
        ) from error
    except Error as error:
        text = str(error)
        kind = next((kind for start, kind in _STEPS if text.startswith(start)), None)
        if kind is None:
            kind = BundleError if isinstance(error, InvalidBundle) else SignatureError
        raise kind(f"{what}: {safe(text)}") from error
    except InvalidSignature as error:
        raise SignatureError(f"{what}: the signature is not valid") from error
    # sigstore-python 4.5 lets these escape on hostile bundles: certificates without the expected
    # extensions or with other key types, times beyond the platform's clock, bodies that are not what
    # their kind says (pydantic's ValidationError is a ValueError), checkpoints that are not text.
    except (
        ExtensionNotFound,
        DuplicateExtension,
        InvalidVersion,
        UnsupportedGeneralNameType,
        UnsupportedAlgorithm,
        TimestampError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        AssertionError,
        ArithmeticError,
        OSError,
        RecursionError,
    ) as error:
        raise BundleError(f"{what}: malformed ({type(error).__name__})") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise BundleError(f"{what}: malformed (the library that reads it panicked)") from error
