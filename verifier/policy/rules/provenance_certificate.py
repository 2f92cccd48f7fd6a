"""Whether a provenance contradicts the certificate of whoever signed it.

The certificate states what the identity provider said of the build (Fulcio, docs/oid-info.md); the predicate
states what the builder says. They are compared, and never put in each other's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from verifier.model.verified import CertificateSigner, Signer
from verifier.policy.predicates.slsa import Provenance, Source
from verifier.policy.predicates.sources import read_address
from verifier.text import safe

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.IGNORECASE)
_GITHUB = "https://token.actions.githubusercontent.com"


class Contradiction(NamedTuple):
    """What the provenance says at ``path`` and what the certificate says, in one sentence."""

    message: str
    path: str


class _Certified(NamedTuple):
    """What the certificate says of the source; empty where it says nothing.

    The workflow may come from another ref and commit than the source of the same run, so there may be two.
    """

    repository: str
    refs: tuple[str, ...]
    commits: tuple[str, ...]


def contradictions(provenance: Provenance, signer: Signer) -> Iterator[Contradiction]:
    """What ``provenance`` and the certificate of ``signer`` say differently of repository, ref and commit."""
    source = provenance.source
    if source is None or not isinstance(signer, CertificateSigner):
        return
    certified = _certified(signer)
    if certified.repository and _place(certified.repository) != _place(source.repository):
        yield _differ("source repository", source.repository, (certified.repository,), source.path)
        return
    named_commit = bool(_COMMIT.fullmatch(source.ref))
    if source.ref and not named_commit and certified.refs and not _is_one_of(source.ref, certified.refs):
        yield _differ("source ref", source.ref, certified.refs, source.path)
    stated = _commits(source, certified) | ({source.ref.lower()} if named_commit else set())
    if stated and certified.commits and stated.isdisjoint(certified.commits):
        yield _differ("source commit", " or ".join(sorted(stated)), certified.commits, source.path)


def _certified(signer: CertificateSigner) -> _Certified:
    claims = signer.claims
    old = claims.get("githubWorkflowRepository", "") if signer.issuer == _GITHUB else ""
    repository = claims.get("sourceRepositoryURI") or (f"https://github.com/{old}" if old else "")
    config, _, config_ref = claims.get("buildConfigURI", "").partition("@")
    # The configuration of another repository has refs and commits of its own.
    own = bool(repository) and config.startswith(repository + "/")
    refs = (
        claims.get("sourceRepositoryRef") or claims.get("githubWorkflowRef", ""),
        config_ref if own else "",
    )
    commits = (
        claims.get("sourceRepositoryDigest") or claims.get("githubWorkflowSHA", ""),
        claims.get("buildConfigDigest", "") if own else "",
    )
    return _Certified(repository, _said(refs), _said(tuple(commit.lower() for commit in commits)))


def _said(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _place(repository: str) -> str:
    return read_address(repository).place


def _is_one_of(ref: str, certified: tuple[str, ...]) -> bool:
    """BuildKit may give a branch or tag by its short name."""
    forms = {ref} if ref.startswith("refs/") else {ref, f"refs/heads/{ref}", f"refs/tags/{ref}"}
    return not forms.isdisjoint(certified)


def _commits(source: Source, certified: _Certified) -> set[str]:
    """The digests that may be of a commit: builders put commits under sha1, gitCommit and even sha256."""
    lengths = {len(commit) for commit in certified.commits}
    return {
        value.lower() for _, value in source.digests if len(value) in lengths and _COMMIT.fullmatch(value)
    }


def _differ(what: str, stated: str, certified: tuple[str, ...], path: str) -> Contradiction:
    by_certificate = " or ".join(safe(value, limit=200) for value in certified)
    return Contradiction(
        f"the provenance and the certificate of its signer contradict each other: the {what} is"
        f" {safe(stated, limit=200)} by the provenance, and {by_certificate} by the certificate",
        path,
    )
