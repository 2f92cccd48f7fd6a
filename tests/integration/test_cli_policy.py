"""``verify policy check``, ``list``, ``schema`` and ``explain``, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import ROOT
from tests.integration.cli import LAYOUTS, TRUST, verify

DEMO = f"oci:{LAYOUTS / 'demo'}"
SAMPLE = (ROOT / "policies" / "sample.yaml").read_text()


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return str(path)


def test_a_good_policy_is_well_formed(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "check", written(tmp_path, SAMPLE))
    assert done.code == 0
    assert done.out.endswith(
        "sample is well-formed: 1 image pattern, 1 signer, 3 rules, 0 exceptions; 0 warnings\n"
    )


def test_a_wrong_policy_ends_with_2_and_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, SAMPLE.replace("    subject:", "    subjekt:"))
    done = verify(tmp_path, "policy", "check", path)
    assert done.code == 2
    assert f"error: {path}:" in done.err
    assert "unknown key 'subjekt' in signers.release" in done.err
    assert "did you mean 'subject'?" in done.err


@pytest.mark.parametrize(("strict", "code"), [((), 0), (("--strict",), 1)])
def test_a_warning_ends_with_1_where_it_is_asked_to(
    tmp_path: Path, strict: tuple[str, ...], code: int
) -> None:
    path = written(tmp_path, SAMPLE.replace("demo.example/verifier/**", "'**'"))
    done = verify(tmp_path, "policy", "check", path, *strict)
    assert done.code == code
    assert "warning: the image pattern '**' is every image of every registry" in done.out
    assert verify(tmp_path, "policy", "check", written(tmp_path, SAMPLE), *strict).code == 0


def test_a_rule_that_never_ran_on_the_evidence_is_a_warning(tmp_path: Path) -> None:
    evidence = ("--evidence", DEMO, *TRUST[:2])
    over = SAMPLE.replace("signers: [release]}\n", "signers: [release], until: 2020-01-01}\n", 1)
    done = verify(tmp_path, "policy", "check", written(tmp_path, over), *evidence)
    assert "warning: signature never ran on the given evidence" in done.out
    done = verify(tmp_path, "policy", "check", written(tmp_path, SAMPLE), *evidence)
    assert (done.code, "warning: " in done.out) == (0, False)


def test_evidence_must_be_a_layout(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "check", "sample", "--evidence", "ghcr.io/org/app")
    assert done.code == 2
    assert "--save-evidence" in done.err


def test_the_list_names_policies_and_rules_and_shows_one(tmp_path: Path) -> None:
    listed = verify(tmp_path, "policy", "list").out
    assert "  chainguard-private " in listed
    assert "  signature " in listed
    assert verify(tmp_path, "policy", "list", "sample").out == SAMPLE
    shown = verify(tmp_path, "policy", "list", "attestation").out
    assert shown.startswith("## attestation\n")
    assert "| `type` (required) | text |" in shown
    unknown = verify(tmp_path, "policy", "list", "atestation")
    assert unknown.code == 2
    assert "did you mean 'attestation'?" in unknown.err


def test_the_schema_accepts_the_shipped_policies_and_refuses_a_misspelt_one(tmp_path: Path) -> None:
    schema = json.loads(verify(tmp_path, "policy", "schema").out)
    Draft202012Validator.check_schema(schema)
    good = {
        "version": 1,
        "name": "app",
        "images": ["ghcr.io/org/app"],
        "signers": {"a": {"issuer": "https://i.example", "subject": "s"}},
        "require": [{"any-of": [[{"signature": {}}], [{"attestation": {"type": "spdx"}}]]}],
    }
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(good)) == []
    good["require"] = [{"any-of": [[{"signature": {}}], [{"attestation": {"typ": "spdx"}}]]}]
    assert [*validator.iter_errors(good)]


def test_a_policy_is_explained_in_sentences(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "explain", "sample")
    assert done.code == 0
    assert "It is about:\n" in done.out
    meaning = "every repository below demo.example/verifier, at any depth"
    assert f"  demo.example/verifier/**: {meaning}\n" in done.out
    assert "  1. the platform or its index is signed by release [signature]\n" in done.out


@pytest.mark.parametrize(
    ("layout", "code", "because"),
    [("demo", 0, "because signed by release"), ("unsigned", 3, "because no image signature was found")],
)
def test_a_verdict_is_explained(tmp_path: Path, layout: str, code: int, because: str) -> None:
    done = verify(tmp_path, "policy", "explain", "sample", f"oci:{LAYOUTS / layout}", *TRUST)
    assert done.code == code, done.out + done.err
    assert because in done.out
    assert ("to change it: " in done.out) == (code != 0)


def test_quiet_leaves_the_verdict(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "explain", "sample", f"oci:{LAYOUTS / 'unsigned'}", *TRUST, "--quiet")
    assert done.code == 3
    (line,) = done.out.splitlines()
    assert line.endswith(": unverified")


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    done = verify(tmp_path, "policy", "check", "policies", cwd=tmp_path)
    assert done.code == 2
    assert "error: 'policies' is a folder\nhint:  name the policy files in it\n" in done.err


def test_a_policy_that_is_only_there_to_be_extended_says_so(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "check", "baseline")
    assert done.code == 0
    assert "baseline is there to be extended, by a policy that gives images, signers\n" in done.out
    judged = verify(tmp_path, DEMO, "--policy", "baseline", *TRUST)
    assert judged.code == 2
    assert "hint:  the policy has no signers: add some, or extend it by one that has\n" in judged.err
    forgotten = written(tmp_path, SAMPLE.partition("signers:")[0] + "require: [signature: {}]\n")
    assert verify(tmp_path, "policy", "check", forgotten).code == 2


@pytest.mark.parametrize("width", ["60", "80", "200"])
def test_the_help_flows_whatever_the_width(tmp_path: Path, width: str) -> None:
    done = verify(tmp_path, "policy", "explain", "--help", env={"COLUMNS": width})
    text = done.out.partition("╭")[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert "as it did and what would change it, and end as 'verify IMAGE' does." in " ".join(lines)
    longest = max(len(line) for line in lines)
    first = next(number for number, line in enumerate(lines) if line.startswith("With an image"))
    assert all(len(line) > 0.6 * min(longest, int(width)) for line in lines[first:-1])


@pytest.mark.parametrize("image", [(), (f"oci:{LAYOUTS / 'unsigned'}", *TRUST)])
def test_an_explanation_is_as_wide_as_the_terminal(tmp_path: Path, image: tuple[str, ...]) -> None:
    done = verify(tmp_path, "policy", "explain", "sample", *image, env={"COLUMNS": "60"})
    # What cannot be broken, such as an address, stands in a line of its own.
    assert all(len(line) <= 60 or len(line.split()) <= 2 for line in done.out.splitlines()), done.out
    wide = verify(tmp_path, "policy", "explain", "sample", *image, env={"COLUMNS": "1000"})
    assert done.out.split() == wide.out.split()


def test_a_signer_on_the_command_line_satisfies_a_policy_that_has_none(tmp_path: Path) -> None:
    """And nobody else does: whoever names a policy and a signer means that this signer satisfies it."""
    policy = written(
        tmp_path, "version: 1\nname: bare\nrequire: [signature: {}, attestation: {type: spdx}]\n"
    )
    subject = "https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/"
    issuer = ("--certificate-oidc-issuer", "https://token.actions.githubusercontent.com")
    for branch, code in (("main", 0), ("other", 3)):
        who = ("--certificate-identity", subject + branch, *issuer)
        done = verify(tmp_path, DEMO, "--policy", policy, *who, *TRUST, "--output", "json")
        assert done.code == code, done.out + done.err
        rules = {
            (check["policy"], check["rule"])
            for image in done.report["images"]
            for p in image["platforms"]
            for check in p["checks"]
        }
        assert rules >= {("bare", "signature"), ("bare", "attestation"), ("options", "signature")}
    assert verify(tmp_path, DEMO, "--policy", policy, *TRUST).code == 2
