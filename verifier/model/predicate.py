"""Predicates: the types as URIs and as the short names that people type, and the document inside."""

from __future__ import annotations

import re

from verifier.errors import InputError, StatementError
from verifier.limits import EVIDENCE_BYTES
from verifier.model.statement import Statement
from verifier.strict_json import Json, StrictJsonError, loads
from verifier.text import safe

ALIASES: dict[str, tuple[str, ...]] = {
    "spdx": ("https://spdx.dev/Document",),
    "cyclonedx": ("https://cyclonedx.org/bom",),
    "slsa-provenance": ("https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2"),
    "vuln": ("https://cosign.sigstore.dev/attestation/vuln/v1",),
    "openvex": ("https://openvex.dev/ns",),
    "vsa": ("https://slsa.dev/verification_summary/v1",),
    "apko": ("https://apko.dev/image-configuration",),
    "link": ("https://in-toto.io/Link/v1",),
    "custom": ("https://cosign.sigstore.dev/attestation/v1",),
}
"""Short names, each with the predicate types that it stands for, the usual one first."""

# SPDX and CycloneDX put the version of the format into the type: https://spdx.dev/Document/v2.3,
# https://cyclonedx.org/bom/v1.6. OpenVEX does so too: https://openvex.dev/ns/v0.2.0.
_VERSIONED = {"spdx", "cyclonedx", "openvex"}
_VERSION = re.compile(r"/v[0-9]{1,4}(\.[0-9]{1,4}){0,2}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}:[!-~]{1,500}")


def parse_predicate_type(text: str) -> str:
    """Check that ``text`` is an alias or a URI, or raise `InputError`. Gives it unchanged."""
    if text in ALIASES or _URI.fullmatch(text):
        return text
    raise InputError(
        f"neither a predicate type URI nor a known alias: {safe(text, limit=100)!r}",
        hint=f"aliases are {', '.join(sorted(ALIASES))}",
    )


def matches(wanted: str, predicate_type: str) -> bool:
    """Whether ``predicate_type`` (from a signed statement) is what ``wanted`` (alias or URI) asks for.

    An alias stands for every version of its type; a URI for itself, to the letter.
    """
    uris = ALIASES.get(wanted)
    if uris is None:
        return wanted == predicate_type
    if predicate_type in uris:
        return True
    return wanted in _VERSIONED and any(
        predicate_type.startswith(uri) and _VERSION.fullmatch(predicate_type, len(uri)) for uri in uris
    )


def alias_of(predicate_type: str) -> str | None:
    """The alias that covers ``predicate_type``, if any."""
    return next((alias for alias in ALIASES if matches(alias, predicate_type)), None)


def predicate_document(statement: Statement) -> Json:
    """Give the document that the predicate holds, whichever way it was packed.

    The predicate itself; or, as ``cosign attest --type spdx`` writes it, a text that holds JSON; or cosign's
    wrapper of custom predicates, ``{"Data": …, "Timestamp": …}``, around either. A missing predicate is an
    empty one (in-toto attestation framework, spec/v1/statement.md). Raises `StatementError`.
    """
    predicate = statement.predicate
    if isinstance(predicate, dict) and "Data" in predicate and predicate.keys() <= {"Data", "Timestamp"}:
        predicate = predicate["Data"]
    if isinstance(predicate, str):
        try:
            return loads(predicate.encode(), limit=EVIDENCE_BYTES)
        except StrictJsonError as error:
            raise StatementError(
                f"the predicate is a text that holds no acceptable JSON: {safe(error)}"
            ) from None
        except UnicodeEncodeError:
            raise StatementError("the predicate is a text with half of a character") from None
    return {} if predicate is None else predicate
