"""sigstore-python accepts what is right, and refuses what is broken for the reason that was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.x509 import ExtensionNotFound
from sigstore.errors import Error

from tests.sigstore_instance import (
    NOW,
    SUBJECT,
    CertificateAuthority,
    CheckpointShape,
    Key,
    LeafShape,
    LogShape,
    SctShape,
    SigstoreInstance,
    StampShape,
    TimestampAuthority,
    Window,
    email,
    merged,
    uri,
)
from tests.sigstore_instance.bundles import BundleOptions

Verify = Callable[..., bytes]
Make = Callable[[SigstoreInstance], bytes]

STATEMENT = SigstoreInstance().statement(f"sha256:{'a' * 64}")
STRANGER = SigstoreInstance("stranger")
HOUR = timedelta(hours=1)


def with_log(shape: LogShape) -> Make:
    return lambda sigstore: sigstore.bundle_dsse(STATEMENT, log_shape=shape)


def with_checkpoint(shape: CheckpointShape | None) -> Make:
    return with_log(LogShape(checkpoint=shape))


def with_leaf(shape: LeafShape) -> Make:
    return lambda sigstore: sigstore.bundle_dsse(STATEMENT, sigstore.signer(shape=shape))


def with_stamps(*stamps: StampShape) -> Make:
    return lambda sigstore: sigstore.bundle_dsse(STATEMENT, log="rekor2", stamps=stamps)


def expired(sigstore: SigstoreInstance) -> bytes:
    return sigstore.bundle_dsse(STATEMENT, sigstore.signer(at=NOW - HOUR))


def expired_intermediate(sigstore: SigstoreInstance) -> bytes:
    sigstore.ca = CertificateAuthority("sigstore/ca", sigstore.created, intermediate_not_after=NOW - HOUR)
    return sigstore.bundle_dsse(STATEMENT)


def swapped_payload(sigstore: SigstoreInstance) -> bytes:
    signer = sigstore.signer()
    return sigstore.bundle_dsse(replace(sigstore.envelope(STATEMENT, signer), payload=b"{}"), signer)


def entry_of_another_key(sigstore: SigstoreInstance) -> bytes:
    signer, other = sigstore.signer(), sigstore.signer()
    entry = sigstore.log_envelope(sigstore.envelope(STATEMENT, other), other)
    return sigstore.bundle_dsse(STATEMENT, signer, entries=[entry])


def two_entries(sigstore: SigstoreInstance) -> bytes:
    signer = sigstore.signer()
    entry = sigstore.log_envelope(sigstore.envelope(STATEMENT, signer), signer)
    return sigstore.bundle_dsse(STATEMENT, signer, entries=[entry, entry])


GOOD: dict[str, BundleOptions] = {
    "defaults": {},
    "version 0.1": {"version": "0.1"},
    "version 0.2": {"version": "0.2"},
    "other spelling of 0.3": {"version": "0.3-alternative"},
    "rekor 2": {"log": "rekor2"},
    "rekor 1 and a timestamp": {"stamps": [StampShape()]},
    "no promise but a timestamp": {"log_shape": LogShape(promise=False), "stamps": [StampShape()]},
    "witnesses first": {"log_shape": LogShape(checkpoint=CheckpointShape(witnesses_first=2))},
    "other lines": {"log_shape": LogShape(checkpoint=CheckpointShape(other_lines=("Timestamp: 1",)))},
    "token with certificates": {
        "log": "rekor2",
        "stamps": [StampShape(certificates=(SigstoreInstance().tsa.leaf.der,))],
    },
}

BROKEN: dict[str, tuple[Make, str]] = {
    "signature over another payload": (swapped_payload, "invalid signature"),
    "expired leaf": (expired, "not valid at validation time"),
    "expired intermediate": (expired_intermediate, "exhausted: cert is not valid at validation time"),
    "stranger's authority": (
        lambda _: STRANGER.bundle_dsse(STATEMENT),
        "exhausted: signature does not match",
    ),
    "no extended key usage": (with_leaf(LeafShape(purposes=None)), "ExtendedKeyUsage"),
    "another extended key usage": (with_leaf(LeafShape(purposes=("1.3.6.1.5.5.7.3.2",))), "code signing"),
    "no key usage": (with_leaf(LeafShape(key_usage=None)), "extensions.KeyUsage"),
    "another key usage": (with_leaf(LeafShape(key_usage=(2,))), "digital signature"),
    "leaf that is an authority": (with_leaf(LeafShape(ca=True)), "cA must not be asserted"),
    "no name": (with_leaf(LeafShape(names=())), "2.5.29.17: Certificate is missing"),
    "another name": (with_leaf(LeafShape(names=(uri(f"{SUBJECT}-evil"),))), "SANs do not match"),
    "another issuer in .1.1": (
        with_leaf(LeafShape(issuer_v1="https://evil.example")),
        "OIDCIssuer does not match",
    ),
    "no issuer in .1.1": (with_leaf(LeafShape(issuer_v1=None)), "does not contain OIDCIssuer"),
    "no sct": (with_leaf(LeafShape(scts=())), "does not contain a signed certificate timestamp"),
    "two scts": (with_leaf(LeafShape(scts=(SctShape(), SctShape(extensions=b"x")))), "found 2"),
    "bad sct": (with_leaf(LeafShape(scts=(SctShape(flip=True),))), "SCT verify failed"),
    "sct by an unknown key": (with_leaf(LeafShape(scts=(SctShape(key=Key("x")),))), "SCT verify failed"),
    "no entry": (lambda s: s.bundle_dsse(STATEMENT, log=None), "tlogEntries"),
    "two entries": (two_entries, "exactly one log entry"),
    "entry of another key": (entry_of_another_key, "do not match"),
    "no proof": (with_log(LogShape(proof=False)), "inclusionProof"),
    "no checkpoint": (with_checkpoint(None), "inclusion proof, with checkpoint"),
    "flipped hash": (with_log(LogShape(flip_hash=True)), "invalid root hash"),
    "wrong size": (with_log(LogShape(size=9)), "wrong size"),
    "index beyond the tree": (with_log(LogShape(index=8)), "must be less than treeSize"),
    "wrong index": (with_log(LogShape(index=2)), "inclusion proof"),
    "wrong root": (with_log(LogShape(root=b"\0" * 32)), "invalid root hash: expected"),
    "another tree": (with_log(LogShape(other_tree=True)), "invalid root hash"),
    "checkpoint over another root": (
        with_checkpoint(CheckpointShape(root=b"\0" * 32)),
        "root hash signature",
    ),
    "checkpoint by another key": (with_checkpoint(CheckpointShape(key=Key("x"))), "invalid signature"),
    "checkpoint with another hint": (with_checkpoint(CheckpointShape(hint=b"none")), "not found for log"),
    "checkpoint of witnesses": (
        with_checkpoint(CheckpointShape(signed=False, witnesses_first=2)),
        "not found for log",
    ),
    "checkpoint without a signature": (
        with_checkpoint(CheckpointShape(signed=False)),
        "at least one signature",
    ),
    "checkpoint without a newline": (with_checkpoint(CheckpointShape(final_newline=False)), "newline"),
    "checkpoint without an origin": (with_checkpoint(CheckpointShape(origin="")), "too few items"),
    "checkpoint whose size is text": (with_checkpoint(CheckpointShape(size="many")), "log size"),
    "promise over another time": (with_log(LogShape(promise_time=1)), "SET"),
    "promise over another body": (with_log(LogShape(promise_body=b"{}")), "SET"),
    "promise by another key": (with_log(LogShape(promise_key=Key("x"))), "SET"),
    "no promise and no time": (with_log(LogShape(promise=False)), "must contain an inclusion promise"),
    "integrated after the leaf expired": (
        with_log(LogShape(time=int((NOW + HOUR).timestamp()))),
        "not valid at validation time",
    ),
    "another kind": (with_log(LogShape(kind="intoto")), "Integrated time only"),
    "another version": (with_log(LogShape(version="0.0.2")), "Integrated time only"),
    "intoto": (lambda s: s.bundle_dsse(STATEMENT, entry_kind="intoto-0.0.2"), "Integrated time only"),
    "no timestamp": (with_stamps(), "must contain an inclusion promise or signed timestamp"),
    "timestamp of another message": (with_stamps(StampShape(message=b"other")), "verified time"),
    "timestamp with a bad signature": (with_stamps(StampShape(flip=True)), "verified time"),
    "timestamp by a stranger": (with_stamps(StampShape(authority=STRANGER.tsa)), "verified time"),
    "timestamp by a forger": (with_stamps(StampShape(signer=STRANGER.tsa.leaf)), "verified time"),
    "the same timestamp twice": (with_stamps(StampShape(), StampShape()), "duplicate"),
    "timestamp after the leaf expired": (
        with_stamps(StampShape(time=NOW + HOUR)),
        "not valid at validation time",
    ),
    "a chain in 0.3": (lambda s: s.bundle_dsse(STATEMENT, chain=()), "expected certificate in bundle"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_right_bundle_is_accepted(name: str, sigstore: SigstoreInstance, verify: Verify) -> None:
    assert verify(sigstore.bundle_dsse(STATEMENT, **GOOD[name])) == STATEMENT


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bundle_is_refused(name: str, sigstore: SigstoreInstance, verify: Verify) -> None:
    make, reason = BROKEN[name]
    with pytest.raises((Error, ExtensionNotFound), match=reason):
        verify(make(sigstore))


@pytest.mark.parametrize("options", [{}, {"log": "rekor2"}, {"version": "0.2"}], ids=str)
def test_a_plain_signature_is_accepted_for_its_artifact_only(
    options: BundleOptions, sigstore: SigstoreInstance, verify_artifact: Callable[[bytes, bytes], None]
) -> None:
    bundle = sigstore.bundle_message(b"artifact", **options)
    verify_artifact(b"artifact", bundle)
    with pytest.raises(Error, match="digest mismatch"):
        verify_artifact(b"another", bundle)


def test_a_merged_root_trusts_both(sigstore: SigstoreInstance, verify: Verify) -> None:
    root = merged(sigstore.trusted_root(), STRANGER.trusted_root())
    assert verify(sigstore.bundle_dsse(STATEMENT), root) == STATEMENT
    assert verify(STRANGER.bundle_dsse(STATEMENT, log="rekor2"), root) == STATEMENT


def test_a_timestamp_counts_in_the_window_of_its_authority(
    sigstore: SigstoreInstance, verify: Verify
) -> None:
    bundle = sigstore.bundle_dsse(STATEMENT, log="rekor2")
    later, earlier = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)
    assert verify(bundle, sigstore.trusted_root(tsa=Window(sigstore.created, later))) == STATEMENT
    with pytest.raises(Error, match="verified time"):
        verify(bundle, sigstore.trusted_root(tsa=Window(sigstore.created, earlier)))


def test_parts_of_the_trust_root_can_be_left_out(sigstore: SigstoreInstance, verify: Verify) -> None:
    bundle = sigstore.bundle_dsse(STATEMENT)
    assert verify(bundle, sigstore.trusted_root(tsa=(), rekor2=())) == STATEMENT
    with pytest.raises(Error, match="CTFE keys not found"):
        verify(bundle, sigstore.trusted_root(ct=()))
    with pytest.raises(Error, match="Fulcio certificates not found"):
        verify(bundle, sigstore.trusted_root(ca=()))
    with pytest.raises(Error, match="no transparency log"):
        verify(bundle, sigstore.trusted_root(rekor1=(), rekor2=()))


def test_a_timestamp_certificate_needs_its_purpose(sigstore: SigstoreInstance, verify: Verify) -> None:
    sigstore.tsa = TimestampAuthority("sigstore/tsa", sigstore.created, purposes=("1.3.6.1.5.5.7.3.3",))
    with pytest.raises(Error, match="verified time"):
        verify(sigstore.bundle_dsse(STATEMENT, log="rekor2"))


def test_an_email_is_another_signer(sigstore: SigstoreInstance, verify: Verify) -> None:
    with pytest.raises(Error, match="SANs do not match"):
        verify(sigstore.bundle_dsse(STATEMENT, sigstore.signer(email("someone@example.com"))))
