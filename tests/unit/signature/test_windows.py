"""A key of the trust root counts only for what was signed while it was trusted (TRS-02)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sigstore.models import Bundle as SigstoreBundle
from sigstore.models import TrustedRoot
from sigstore.verify import Verifier

from tests.sigstore_instance import (
    NOW,
    CertificateAuthority,
    CheckpointShape,
    Key,
    KeyKind,
    LogShape,
    SigstoreInstance,
    StampShape,
    Window,
    merged,
)
from tests.unit.signature.material import IMAGE, SIGSTORE, STATEMENT, attestation, bundle, signature, verify
from verifier.errors import TimeError, TransparencyError, TrustRootError, UntrustedTimeWindowError
from verifier.model.bundle import Bundle
from verifier.signature.sigstore_private import AnyIdentity

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EARLY = SIGSTORE.created


def material() -> list[tuple[str, Bundle]]:
    """Each format, with the log that it is in."""
    return [
        ("rekor1", bundle(SIGSTORE.bundle_dsse(STATEMENT))),
        ("rekor1", bundle(SIGSTORE.bundle_dsse(STATEMENT, entry_kind="intoto-0.0.2"))),
        ("rekor2", bundle(SIGSTORE.bundle_dsse(STATEMENT, log="rekor2"))),
        ("rekor1", signature(SIGSTORE.legacy_signature(str(IMAGE)))),
        ("rekor1", attestation(SIGSTORE.legacy_attestation(STATEMENT))),
    ]


@pytest.mark.parametrize("part", ["ca", "ct", "log"])
def test_trust_that_ended_or_began_at_the_second_of_signing_counts(part: str) -> None:
    for log, item in material():
        name = log if part == "log" else part
        for window in (Window(EARLY, NOW), Window(NOW)):
            verify(item, root=SIGSTORE.trusted_root(**{name: window}))


@pytest.mark.parametrize("part", ["ca", "ct", "log"])
def test_trust_that_ended_before_or_began_after_does_not(part: str) -> None:
    for log, item in material():
        name = log if part == "log" else part
        for window in (Window(EARLY, NOW - DAY), Window(NOW + SECOND)):
            with pytest.raises(UntrustedTimeWindowError, match="was trusted from"):
                verify(item, root=SIGSTORE.trusted_root(**{name: window}))


def test_an_authority_that_is_listed_twice_counts_where_one_listing_covers_the_time() -> None:
    windows: Any = (Window(EARLY, NOW - DAY), Window(NOW - SECOND))
    for _, item in material():
        verify(item, root=SIGSTORE.trusted_root(ca=windows))


@pytest.mark.parametrize("renewed", [True, False])
@pytest.mark.parametrize("order", [1, -1])
def test_a_renewed_authority_counts_whatever_the_order(order: int, *, renewed: bool) -> None:
    """Renewed, an authority keeps name and key: either certificate fits, and one is trusted at the time."""
    root = json.loads(SIGSTORE.trusted_root(ca=Window(NOW - DAY if renewed else NOW + SECOND)))
    older = CertificateAuthority(f"{SIGSTORE.seed}/ca", EARLY, years=9)
    before = json.loads(SIGSTORE.trusted_root(ca=Window(EARLY, NOW - DAY)))["certificateAuthorities"][0]
    before["certChain"]["certificates"] = [
        {"rawBytes": base64.b64encode(der).decode()} for der in older.chain
    ]
    root["certificateAuthorities"] = [before, *root["certificateAuthorities"]][::order]
    for _, item in material():
        if renewed:
            verify(item, root=json.dumps(root).encode())
        else:
            with pytest.raises(UntrustedTimeWindowError, match="was trusted from"):
                verify(item, root=json.dumps(root).encode())


def test_a_timestamp_authority_outside_its_window_gives_no_time() -> None:
    item = bundle(SIGSTORE.bundle_dsse(STATEMENT, log="rekor2"))
    verify(item, root=SIGSTORE.trusted_root(tsa=Window(EARLY)))
    with pytest.raises(TimeError):
        verify(item, root=SIGSTORE.trusted_root(tsa=Window(EARLY, NOW - DAY)))
    with pytest.raises(TimeError):
        verify(item, root=SIGSTORE.trusted_root(tsa=()))


def test_a_timestamp_of_another_authority_gives_no_time() -> None:
    """TIM-03: neither by itself nor by carrying the trusted authority's certificates."""
    stranger = SigstoreInstance("stranger")
    for shape in (
        StampShape(signer=stranger.tsa.leaf),
        StampShape(signer=stranger.tsa.leaf, certificates=(stranger.tsa.leaf.der, *SIGSTORE.tsa.chain)),
    ):
        with pytest.raises(TimeError):
            verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, log="rekor2", stamps=[shape])))


def test_a_leaked_key_of_a_retired_log_does_not_speak_for_the_current_one(tmp_path: Path) -> None:
    """sigstore tries every key where it does not know the id; here only the named log's key counts."""
    leaked = Key("retired", KeyKind.ED25519)
    forger, retired = SigstoreInstance(), SigstoreInstance()
    forger.rekor2 = retired.rekor2 = type(SIGSTORE.rekor2)(leaked, url="https://retired.sigstore.test")
    named = SIGSTORE.rekor2.log.id
    shape = LogShape(log_id=named, checkpoint=CheckpointShape(hint=named[:4]))
    raw = forger.bundle_dsse(STATEMENT, log="rekor2", log_shape=shape)
    ended = retired.trusted_root(rekor2=Window(EARLY, NOW - DAY), rekor1=(), ca=(), ct=(), tsa=())
    root = merged(SIGSTORE.trusted_root(), ended)
    path = tmp_path / "trusted_root.json"
    path.write_bytes(root)
    # The reason for this test: the library accepts it.
    library = Verifier(trusted_root=TrustedRoot.from_file(str(path)))
    library.verify_dsse(SigstoreBundle.from_json(raw), AnyIdentity())
    with pytest.raises(TransparencyError):
        verify(bundle(raw), root=root)


def test_a_rotated_log_key_is_known_by_its_id() -> None:
    """TRS-05: new key unknown, both listed, old material with the old key still listed."""
    new = SigstoreInstance()
    new.rekor1 = type(new.rekor1)(Key("the next shard"))
    item = bundle(new.bundle_dsse(STATEMENT))
    with pytest.raises(UntrustedTimeWindowError) as caught:
        verify(item)
    assert "may be older than the signature" in str(caught.value.hint)
    both = merged(SIGSTORE.trusted_root(), new.trusted_root(ca=(), ct=(), rekor2=(), tsa=()))
    verify(item, root=both)
    verify(bundle(SIGSTORE.bundle_dsse(STATEMENT)), root=both)


@pytest.mark.parametrize("part", ["ca", "ct"])
def test_a_root_without_a_part_is_the_users_error(part: str) -> None:
    with pytest.raises(TrustRootError):
        verify(bundle(SIGSTORE.bundle_dsse(STATEMENT)), root=SIGSTORE.trusted_root(**{part: ()}))
