"""Predicate types that are near a known one, and are none: nobody attests them."""

from __future__ import annotations

import difflib
import re

from verifier.model.predicate import ALIASES, alias_of

# https://github.com/in-toto/attestation/tree/main/spec/predicates, https://slsa.dev/spec, and what cosign and
# others write; the aliases stand for more.
_KNOWN = (
    *(uri for uris in ALIASES.values() for uri in uris),
    "https://slsa.dev/provenance/v0.1",
    "https://slsa.dev/verification_summary/v0.1",
    "https://slsa.dev/verification_summary/v0.2",
    "https://in-toto.io/Layout/v1",
    "https://in-toto.io/attestation/link/v0.3",
    "https://in-toto.io/attestation/reference/v0.1",
    "https://in-toto.io/attestation/release/v0.1",
    "https://in-toto.io/attestation/release/v0.2",
    "https://in-toto.io/attestation/runtime-trace/v0.1",
    "https://in-toto.io/attestation/scai/attribute-report",
    "https://in-toto.io/attestation/scai/attribute-report/v0.1",
    "https://in-toto.io/attestation/scai/attribute-report/v0.2",
    "https://in-toto.io/attestation/scai/attribute-report/v0.3",
    "https://in-toto.io/attestation/simpleverificationresult/v0.1",
    "https://in-toto.io/attestation/svr/v0.1",
    "https://in-toto.io/attestation/test-result/v0.1",
    "https://in-toto.io/attestation/vulns/v0.1",
    "https://in-toto.io/attestation/vulns/v0.2",
    "https://in-toto.io/attestation/human-review/v0.1",
    "https://cosign.sigstore.dev/attestation/vuln/v1",
    "https://sigstore.dev/cosign/sign/v1",
    "cosign.sigstore.dev/attestation/v1",
)
# Nobody but their owners makes types below these.
_OWNED = ("slsa.dev", "spdx.dev", "cyclonedx.org", "openvex.dev", "apko.dev", "cosign.sigstore.dev")
# What stands around a predicate, and not the predicate's own type.
_STATEMENTS = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
_NEAR = 0.85
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:/*)?(?:www\.)?([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)


def near_miss(kind: str) -> str | None:
    """What to write where ``kind``, an alias or a URI, looks like a known type and is none."""
    if kind in _STATEMENTS:
        return "the predicateType that the statements have"
    if kind in ALIASES or kind in _KNOWN or alias_of(kind) is not None:
        return None
    host, path = _parts(kind)
    likeness = {known: _likeness(path, _parts(known)[1]) for known in _KNOWN if _near(host, _parts(known)[0])}
    if not likeness:
        return None
    nearest = max(likeness, key=lambda known: likeness[known])
    if host not in _OWNED and likeness[nearest] < _NEAR:
        return None
    alias = alias_of(nearest)
    return f"{alias}, or {nearest}" if alias else nearest


def _near(host: str, known: str) -> bool:
    """Whether one host is taken for the other: another ending, a part of it, a slip of the pen."""
    names = [one.rpartition(".")[0] for one in (host, known)]
    ratio = difflib.SequenceMatcher(None, host, known, autojunk=False).ratio()
    return names[0] == names[1] or known.endswith(f".{host}") or ratio >= _NEAR


def _likeness(path: str, known: str) -> float:
    """How like two paths are; one that is cut off before its version is the same."""
    if known.startswith(path):
        return 1.0
    return difflib.SequenceMatcher(None, path, known, autojunk=False).ratio()


def _parts(uri: str) -> tuple[str, str]:
    """Host and path, without what people write in different ways."""
    match = _ADDRESS.fullmatch(uri)
    host, path = (match[1].lower(), match[2].lower().rstrip("/")) if match else ("", "")
    return host, path.removeprefix("/attestation") if host == "in-toto.io" else path
