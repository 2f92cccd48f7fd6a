"""What nobody signed does not count, and what cannot be parsed is a bad bundle, never a defect."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import Any, Literal

import pytest

from tests.sigstore_instance import StampShape
from tests.unit.signature.material import SIGSTORE, STATEMENT, bundle, verify
from verifier.errors import BundleError, RejectedError, TrustRootError


def _replace_certificate(text: str, document: Any) -> None:
    document["verificationMaterial"]["certificate"]["rawBytes"] = text


def test_a_certificate_of_an_unknown_version_is_a_bad_bundle() -> None:
    """X.509 version 5 is an error of its own in cryptography, and no ValueError."""
    issued = SIGSTORE.signer().certificate
    assert issued is not None
    der = issued.der
    place = der.index(bytes.fromhex("a003020102")) + 4
    for version, good in ((b"\x02", True), (b"\x04", False)):
        changed = base64.b64encode(der[:place] + version + der[place + 1 :]).decode()
        raw = SIGSTORE.bundle_dsse(STATEMENT, edit=partial(_replace_certificate, changed))
        with pytest.raises(RejectedError) as caught:
            verify(bundle(raw))
        assert isinstance(caught.value, BundleError) is not good


def test_a_log_index_that_nobody_signed_is_not_reported() -> None:
    def edit(document: Any) -> None:
        document["verificationMaterial"]["tlogEntries"][0]["logIndex"] = "123456789"

    true = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, log="rekor2"))).log
    told = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, log="rekor2", edit=edit))).log
    assert true is not None
    assert told is not None
    assert told.index != 123456789


@pytest.mark.parametrize("log", ["rekor1", "rekor2"])
def test_a_log_index_under_a_promise_without_a_time_is_not_reported(log: Literal["rekor1", "rekor2"]) -> None:
    """Nothing verifies a promise that promises no time, so what it stands beside is nobody's word."""

    def edit(document: Any) -> None:
        entry = document["verificationMaterial"]["tlogEntries"][0]
        entry["inclusionPromise"] = {"signedEntryTimestamp": base64.b64encode(b"junk").decode()}
        entry["integratedTime"] = "0"
        entry["logIndex"] = "123456789"

    stamps = [StampShape()]
    true = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, log=log, stamps=stamps))).log
    told = verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, log=log, stamps=stamps, edit=edit))).log
    assert true is not None
    assert told is not None
    assert told.index != 123456789


def test_an_integrated_time_of_zero_is_none() -> None:
    """proto3 knows no difference between zero and absent; the timestamp counts."""

    def edit(document: Any) -> None:
        document["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = "0"

    assert verify(bundle(SIGSTORE.bundle_dsse(STATEMENT, log="rekor2", edit=edit))).signed_at is not None


def test_a_trust_root_with_a_certificate_that_is_none_is_named_as_the_fault() -> None:
    """TRS-04: neither a defect nor the signature's fault."""
    document = json.loads(SIGSTORE.trusted_root())
    good = json.dumps(document).encode()
    document["certificateAuthorities"][0]["certChain"]["certificates"][0]["rawBytes"] = "AAAA"
    raw = bundle(SIGSTORE.bundle_dsse(STATEMENT))
    assert verify(raw, root=good).signed_at is not None
    with pytest.raises(TrustRootError, match="cannot be used"):
        verify(raw, root=json.dumps(document).encode())
