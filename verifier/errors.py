"""The errors of this program.

Four branches say whose fault it is, and so what happens next: `InputError`
(the user's: nothing was judged), `RejectedError` (the material's: it does not
count), `UnavailableError` (a service's or a limit's: says nothing about the
image) and `InternalError` (a defect in this program). ``code`` is the stable
name that reports use; ``hint`` says what the user can do.
"""

from __future__ import annotations

from typing import ClassVar


class VerifierError(Exception):
    """Base of every error that this program raises on purpose."""

    code: ClassVar[str] = "VerifierError"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # A subclass whose name differs from its public code says so itself.
        if "code" not in cls.__dict__:
            cls.code = cls.__name__

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


# --- the user's: exit code 2 -------------------------------------------------


class InputError(VerifierError, ValueError):
    """Arguments, a policy file or a trust root file are wrong; nothing was judged."""


class UsageError(InputError):
    """The options do not fit together or ask for something impossible."""


class ManifestError(InputError):
    """An image reference, or a file that names images, cannot be used."""


_POLICY_HINT = "docs/policy.md describes policy files; 'verify policy schema' prints their schema for editors"


class PolicyError(InputError):
    """A policy file is wrong. ``place`` is ``file:line:column`` where known."""

    def __init__(self, message: str, *, place: str | None = None, hint: str | None = None) -> None:
        super().__init__(f"{place}: {message}" if place else message, hint=hint or _POLICY_HINT)
        self.place = place


class TrustRootError(InputError):
    """A trust root file cannot be used."""


class ReportError(InputError):
    """A saved report cannot be used."""


# --- the material's: exit code 3 ---------------------------------------------


class RejectedError(VerifierError):
    """A piece of evidence, or the image itself, does not count."""


class SignatureError(RejectedError):
    """A signature does not match what it is said to sign."""


class IdentityError(RejectedError):
    """The signer is not who was wanted, or its certificate does not prove who it is."""


class UntrustedTimeWindowError(RejectedError):
    """A trusted key or authority was used outside its validity, or is not in the trust root."""

    code = "TrustRootError"


class TransparencyError(RejectedError):
    """The transparency log entry is missing, unproven, or about something else."""


class TimeError(RejectedError):
    """No trusted time, or the certificate was not valid at it."""


class BundleError(RejectedError):
    """The signed material is malformed or of a kind that is not supported."""


class StatementError(RejectedError):
    """The signed payload is not an acceptable in-toto statement."""


class SubjectError(RejectedError):
    """The statement is about something else."""


class PlatformError(RejectedError):
    """A platform is missing, ambiguous, or not what it says."""


class SbomError(RejectedError):
    """The SBOM cannot be used. ``path`` is a JSON path such as ``$.packages[3].name``.

    ``reason`` is the message without it.
    """

    def __init__(self, message: str, *, path: str | None = None, hint: str | None = None) -> None:
        super().__init__(f"{path}: {message}" if path else message, hint=hint)
        self.path = path
        self.reason = message


class VersionError(RejectedError):
    """A version is none in its ecosystem, and so cannot be compared."""

    code = "SbomError"


class PackageUrlError(RejectedError):
    """A package URL cannot be read, or can be read in more than one way."""

    code = "SbomError"


class DigestMismatch(RejectedError):  # noqa: N818 - a public code
    """Bytes do not have the digest or size under which they were asked for."""


class AmbiguousDocumentError(RejectedError):
    """A registry document can be read in more than one way."""

    code = "RegistryError"


class OtherDocumentError(AmbiguousDocumentError):
    """A document is of another kind than index or manifest: nothing in it is signed as images are."""

    code = "RegistryError"


class UnsafeLayoutError(RejectedError):
    """An OCI layout reaches outside itself or contradicts itself."""

    code = "LayoutError"


# --- a service's, or a limit's: exit code 4 ----------------------------------


class UnavailableError(VerifierError):
    """It could not be found out."""


class RegistryError(UnavailableError):
    """The registry did not answer usefully."""


class AuthError(RegistryError):
    """The registry wants other credentials than there are."""


class RedirectError(RegistryError):
    """The registry pointed to a place that must not be followed."""


class LimitExceeded(UnavailableError):  # noqa: N818 - a public code
    """A bound of `verifier.limits` was reached."""


class LayoutError(UnavailableError):
    """An OCI layout lacks something, or cannot be read."""


class CacheError(UnavailableError):
    """The local cache cannot be used; never a reason to refuse an image."""


class TrustRootUnavailableError(UnavailableError):
    """The trust root could not be had."""

    code = "TrustRootError"


# --- this program's: exit code 5 ---------------------------------------------


class InternalError(VerifierError):
    """A defect in this program."""
