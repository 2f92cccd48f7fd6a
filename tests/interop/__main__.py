"""What cosign signs verifies here, and what the test data holds verifies with cosign."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.push import push_layout
from tests.interop.servers import COSIGN, ROOT, build_cosign, docker_registry, go_registry

TESTDATA = ROOT / "testdata"
TRUST = TESTDATA / "trusted_root.json"
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main"
PREDICATE_TYPE = "https://example.com/interop/v1"


@dataclass
class Checks:
    """Runs commands, compares exit codes, and keeps count."""

    cosign: Path
    folder: Path
    failed: list[str] = field(default_factory=list)
    passed: int = 0

    def run(self, name: str, command: list[str], *, expect: Callable[[int], bool]) -> None:
        environment = {**os.environ, "COSIGN_PASSWORD": "", "HOME": str(self.folder)}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        good = expect(done.returncode)
        print(f"{'ok  ' if good else 'FAIL'} {name} (exit code {done.returncode})")
        if good:
            self.passed += 1
        else:
            self.failed.append(name)
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")

    def by_cosign(self, name: str, *arguments: str, ok: bool = True) -> None:
        """cosign must succeed, or refuse."""
        command = [str(self.cosign), *arguments]
        self.run(f"cosign: {name}", command, expect=lambda code: (code == 0) == ok)

    def by_verify(self, name: str, *arguments: str, code: int = 0) -> None:
        """verify must end with ``code``."""
        command = [sys.executable, "-m", "verifier", *arguments, "--no-cache", "--trusted-root", str(TRUST)]
        self.run(f"verify: {name}", command, expect=lambda actual: actual == code)


def ours_with_cosign(checks: Checks, address: str) -> None:
    """The test data, pushed to a registry, verified by cosign; with another identity refused."""
    for layout, bundles in (("demo", "false"), ("demo-bundles", "true")):
        push_layout(TESTDATA / "layouts" / layout, address, f"hello/{layout}")
        image = f"{address}/hello/{layout}:latest"
        common = [
            *("--trusted-root", str(TRUST), "--certificate-oidc-issuer", ISSUER, "--allow-http-registry"),
            *(
                f"--new-bundle-format={bundles}",
                "--use-signed-timestamps=false" if bundles == "false" else "",
            ),
        ]
        common = [item for item in common if item]
        good, bad = ("--certificate-identity", SUBJECT), ("--certificate-identity", SUBJECT + "x")
        checks.by_cosign(f"signature of {layout}", "verify", *common, *good, image)
        checks.by_cosign(f"signature of {layout}, another identity", "verify", *common, *bad, image, ok=False)
        for kind in ("slsaprovenance1", "spdxjson"):
            arguments = ["verify-attestation", "--type", kind, *common]
            checks.by_cosign(f"{kind} of {layout}", *arguments, *good, image)
            checks.by_cosign(f"{kind} of {layout}, another identity", *arguments, *bad, image, ok=False)
        ours = [image, "--allow-http", address, "--certificate-oidc-issuer", ISSUER]
        wants = ["--require", "signature", "--require", "spdx", "--require", "slsa-provenance"]
        checks.by_verify(f"{layout}", *ours, *good, *wants)
        checks.by_verify(f"{layout}, another identity", *ours, *bad, *wants, code=3)


def cosigns_here(checks: Checks, address: str) -> None:
    """What cosign signs and attests with a key, in both storage formats, verified here."""
    key, other = checks.folder / "cosign", checks.folder / "other"
    for pair in (key, other):
        if not pair.with_suffix(".key").exists():
            checks.by_cosign("generate a key", "generate-key-pair", "--output-key-prefix", str(pair))
    predicate = checks.folder / "predicate.json"
    predicate.write_text('{"hello": "world"}')
    for bundles in ("true", "false"):
        name = f"app/{'bundle' if bundles == 'true' else 'classic'}"
        digest = push_layout(TESTDATA / "layouts" / "unsigned", address, name)
        image = f"{address}/{name}@{digest}"
        options = [
            *("--key", f"{key}.key", "--yes", "--allow-http-registry", "--tlog-upload=false"),
            *("--use-signing-config=false", f"--new-bundle-format={bundles}"),
        ]
        checks.by_cosign(f"sign {name}", "sign", *options, image)
        checks.by_cosign(
            f"attest {name}",
            "attest",
            *options,
            "--type",
            PREDICATE_TYPE,
            "--predicate",
            str(predicate),
            image,
        )
        ours = [image, "--allow-http", address, "--require", "signature", "--require", PREDICATE_TYPE]
        checks.by_verify(f"{name}, signed by cosign", *ours, "--key", f"{key}.pub")
        checks.by_verify(f"{name}, another key", *ours, "--key", f"{other}.pub", code=3)
        checks.by_verify(
            f"{name}, an attestation of another type",
            *ours,
            "--require",
            "spdx",
            "--key",
            f"{key}.pub",
            code=3,
        )


def main() -> int:
    """Run everything; the number of failures."""
    if shutil.which("go") is None:
        print("Go is not on this machine: nothing was checked")
        return 2
    cosign = build_cosign()
    print(f"cosign {COSIGN.rpartition('@')[2]}")
    with tempfile.TemporaryDirectory() as name:
        checks = Checks(cosign, Path(name))
        with docker_registry(checks.folder) as address:
            print("-- docker-registry (no referrers API)")
            ours_with_cosign(checks, address)
            cosigns_here(checks, address)
        with go_registry() as address:
            print("-- go-containerregistry's registry (referrers API)")
            ours_with_cosign(checks, address)
            cosigns_here(checks, address)
    print(f"{checks.passed} passed, {len(checks.failed)} failed")
    return len(checks.failed)


if __name__ == "__main__":
    sys.exit(main())
