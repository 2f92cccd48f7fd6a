"""Verifying one bundle, beside sigstore's own verification of it (bound: 1.3 times)."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

from benchmarks.timing import alternating, row

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "testdata" / "bundles" / "dsse-rekor1.sigstore.json"
ARTIFACT = ROOT / "testdata" / "bundles" / "artifact.txt"
TRUSTED_ROOT = ROOT / "testdata" / "trusted_root.json"


def main() -> None:
    """Print both times and their ratio."""
    from sigstore.models import Bundle as SigstoreBundle
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier, policy

    from verifier.attestation.statement import parse_simple_signing, parse_statement
    from verifier.model.bundle import Bundle, Format
    from verifier.model.digest import Digest
    from verifier.model.trust import TrustRoot
    from verifier.signature.verifier import SigstoreVerifier

    raw, artifact = BUNDLE.read_bytes(), Digest.of(ARTIFACT.read_bytes())
    with NamedTemporaryFile(suffix=".json") as file:
        file.write(TRUSTED_ROOT.read_bytes())
        file.flush()
        theirs = Verifier(trusted_root=TrustedRoot.from_file(file.name))
    identity = policy.Identity(
        identity="https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main",
        issuer="https://token.actions.githubusercontent.com",
    )
    ours = SigstoreVerifier(
        TrustRoot(TRUSTED_ROOT.read_bytes(), "benchmark"),
        keys=(),
        parse_statement=parse_statement,
        parse_simple_signing=parse_simple_signing,
    )
    bundle = Bundle(Format.BUNDLE, raw, Digest.of(raw), ("file",))
    sigstore, verifier = alternating(
        lambda: theirs.verify_dsse(SigstoreBundle.from_json(raw), identity),
        lambda: ours.verify_artifact(bundle, artifact),
        runs=300,
    )
    row("one bundle, sigstore's Verifier.verify_dsse", sigstore)
    row("one bundle, with everything that is compared besides", verifier)
    row("ratio of the medians (bound 1.3)", f"{verifier.median / sigstore.median:.2f}")


if __name__ == "__main__":
    main()
