"""The oracle: sigstore-python with the private instance's trust root."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity

from tests.sigstore_instance import GITHUB, SUBJECT, SigstoreInstance


@pytest.fixture
def sigstore() -> SigstoreInstance:
    return SigstoreInstance()


@pytest.fixture
def verify(sigstore: SigstoreInstance, tmp_path: Path) -> Callable[..., bytes]:
    """Verify a DSSE bundle by the default signer, against the given or the default trust root."""

    def run(bundle: bytes, root: bytes | None = None) -> bytes:
        path = tmp_path / "root.json"
        path.write_bytes(root or sigstore.trusted_root())
        verifier = Verifier(trusted_root=TrustedRoot.from_file(str(path)))
        policy = Identity(identity=SUBJECT, issuer=GITHUB)
        return verifier.verify_dsse(Bundle.from_json(bundle), policy)[1]

    return run


@pytest.fixture
def verify_artifact(sigstore: SigstoreInstance, tmp_path: Path) -> Callable[[bytes, bytes], None]:
    """Verify a bundle with a plain signature by the default signer."""

    def run(artifact: bytes, bundle: bytes) -> None:
        path = tmp_path / "root.json"
        path.write_bytes(sigstore.trusted_root())
        verifier = Verifier(trusted_root=TrustedRoot.from_file(str(path)))
        verifier.verify_artifact(
            artifact, Bundle.from_json(bundle), Identity(identity=SUBJECT, issuer=GITHUB)
        )

    return run
