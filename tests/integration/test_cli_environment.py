"""Every option from the environment; what the command line says comes first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli import TESTDATA, layout, verify
from tests.sigstore_instance import GITHUB, SUBJECT

ROOT = {"VERIFY_TRUSTED_ROOT": str(TESTDATA / "trusted_root.json"), "VERIFY_OFFLINE": "1"}
SAMPLE = {**ROOT, "VERIFY_POLICY": "sample"}
KEY = TESTDATA / "bundles" / "managed-key.pub"
GOOD = layout("demo")


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        (SAMPLE, 0),
        ({**ROOT, "VERIFY_CERTIFICATE_IDENTITY": SUBJECT, "VERIFY_CERTIFICATE_OIDC_ISSUER": GITHUB}, 0),
        (
            {
                **ROOT,
                "VERIFY_CERTIFICATE_IDENTITY_REGEXP": "https://github.com/example/.*",
                "VERIFY_CERTIFICATE_OIDC_ISSUER_REGEXP": "https://token[.]actions[.]githubusercontent[.]com",
                "VERIFY_REQUIRE": "signature spdx",
            },
            0,
        ),
        ({**ROOT, "VERIFY_CERTIFICATE_IDENTITY": "x", "VERIFY_CERTIFICATE_OIDC_ISSUER": GITHUB}, 3),
        ({**ROOT, "VERIFY_CERTIFICATE_IDENTITY": SUBJECT}, 2),
        ({**ROOT, "VERIFY_KEY": str(KEY)}, 3),
        ({**ROOT, "VERIFY_KEY": f"{KEY}:{KEY}"}, 3),
        ({**ROOT, "VERIFY_KEY": "absent"}, 2),
        ({**SAMPLE, "VERIFY_PLATFORM": "linux/amd64 linux/arm64"}, 0),
        ({**SAMPLE, "VERIFY_PLATFORM": "linux/amd64 linux/s390x"}, 3),
        ({**SAMPLE, "VERIFY_POLICY": "sample absent"}, 2),
        ({**SAMPLE, "VERIFY_AT": "2026-11-02T00:00:00Z"}, 0),
        ({**SAMPLE, "VERIFY_AT": "tomorrow"}, 2),
        ({**SAMPLE, "VERIFY_TIMEOUT": "0"}, 2),
        ({**SAMPLE, "VERIFY_STAGING": "1"}, 2),
        ({**SAMPLE, "VERIFY_OFFLINE": "perhaps"}, 2),
        # Empty is as good as unset, for the better and for the worse.
        ({**SAMPLE, "VERIFY_PLATFORM": "", "VERIFY_AT": "", "VERIFY_KEY": ""}, 0),
        ({**ROOT, "VERIFY_POLICY": ""}, 2),
    ],
)
def test_options_in_the_environment(tmp_path: Path, environment: dict[str, str], code: int) -> None:
    assert verify(tmp_path, GOOD, env=environment).code == code


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"VERIFY_REGISTRY_USERNAME": "user", "VERIFY_REGISTRY_PASSWORD": "secret"}, 2),
        ({"VERIFY_REGISTRY_TOKEN": "secret", "VERIFY_REGISTRY_HOST": ""}, 2),
        ({"VERIFY_REGISTRY_TOKEN": "secret", "VERIFY_REGISTRY_HOST": "r.example"}, 4),
        ({"VERIFY_REGISTRY_USERNAME": "", "VERIFY_REGISTRY_PASSWORD": ""}, 4),
    ],
)
def test_credentials_without_their_host_are_a_mistake(
    tmp_path: Path, credentials: dict[str, str], code: int
) -> None:
    environment = {**SAMPLE, "VERIFY_OFFLINE": "", **credentials}
    # Port 1 answers nobody: with whatever would be used, that is how it ends.
    done = verify(tmp_path, "127.0.0.1:1/org/app", env=environment)
    assert done.code == code, done
    assert ("VERIFY_REGISTRY_HOST does not say for which registry" in done.err) == (code == 2)
    assert "secret" not in done.out + done.err
    # Where no registry is asked, none can be meant.
    assert verify(tmp_path, GOOD, env=environment).code == 0


def test_output_options_in_the_environment(tmp_path: Path) -> None:
    environment = {
        **SAMPLE,
        "VERIFY_QUIET": "1",
        "VERIFY_NO_COLOR": "1",
        "FORCE_COLOR": "1",
        "VERIFY_REPORT": "json=a.json text=b.txt",
        "VERIFY_SAVE_EVIDENCE": str(tmp_path / "evidence"),
    }
    done = verify(tmp_path, GOOD, env=environment)
    assert (done.code, done.out) == (0, f"PASS  {GOOD}\n")
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == "pass"
    assert (tmp_path / "b.txt").read_text().startswith("PASS  ")
    assert (tmp_path / "evidence" / "index.json").is_file()


def test_the_command_line_comes_first(tmp_path: Path) -> None:
    environment = {**SAMPLE, "VERIFY_PLATFORM": "linux/s390x", "VERIFY_OUTPUT": "nonsense"}
    done = verify(tmp_path, GOOD, "--platform", "linux/amd64", "-o", "json", env=environment)
    assert done.code == 0
    assert [item["platform"] for item in done.report["images"][0]["platforms"]] == ["linux/amd64"]


def test_nothing_else_in_the_environment_chooses_whom_to_trust(tmp_path: Path) -> None:
    """PFL-04, TRS: variables of cosign and of Sigstore's libraries mean nothing here."""
    environment = {
        "SIGSTORE_ROOT_FILE": str(TESTDATA / "trusted_root.json"),
        "SIGSTORE_TRUSTED_ROOT": str(TESTDATA / "trusted_root.json"),
        "SIGSTORE_REKOR_PUBLIC_KEY": str(KEY),
        "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": str(KEY),
        "TUF_ROOT": str(TESTDATA),
        "TUF_MIRROR": "http://127.0.0.1:1",
        "COSIGN_EXPERIMENTAL": "1",
    }
    done = verify(tmp_path, GOOD, "--policy", "sample", "--offline", "-o", "json", env=environment)
    assert done.code == 3
    assert done.report["trustRoot"]["source"].startswith("Sigstore public good instance")
