"""``verify image`` from outside: exit codes, streams, formats."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import jsonschema
import pytest

from tests.integration.cli import LAYOUTS, SAMPLE, TESTDATA, TRUST, layout, verify
from verifier.report.json_report import report_schema

GOOD = layout("demo")


@pytest.mark.parametrize(
    ("name", "code", "verdict"),
    [
        ("demo", 0, "pass"),
        ("demo-bundles", 0, "pass"),
        ("saved", 3, "unverified"),  # it has no provenance
        ("unsigned", 3, "unverified"),
        ("wrong-signer", 3, "unverified"),
        ("index-sbom-only", 3, "unverified"),
        ("absent", 2, None),
    ],
)
def test_the_exit_code_and_the_report_say_the_same(
    tmp_path: Path, name: str, code: int, verdict: str | None
) -> None:
    done = verify(tmp_path, layout(name), *SAMPLE, "-o", "json")
    assert done.code == code, done.err
    if verdict is None:
        assert done.out == ""
        assert "error: " in done.err
        return
    jsonschema.validate(done.report, report_schema())
    assert (done.report["verdict"], done.report["exitCode"]) == (verdict, code)
    assert done.err == ""


def test_the_report_of_a_pass(tmp_path: Path) -> None:
    report = verify(tmp_path, GOOD, *SAMPLE, "-o", "json").report
    (image,) = report["images"]
    assert image["reference"] == GOOD
    assert image["resolved"] == f"{GOOD}@{image['digest']}"
    assert [item["platform"] for item in image["platforms"]] == ["linux/amd64", "linux/arm64", "linux/arm/v7"]
    assert {item["scope"] for item in image["signatures"]} == {"index", "platform"}
    assert {item["format"] for item in image["signatures"]} == {"cosign-simplesigning"}
    assert {item["format"] for item in image["attestations"]} == {"cosign-dsse"}
    assert all(item["acceptedBy"] == ["release"] for item in (*image["signatures"], *image["attestations"]))
    assert all(item["sbom"]["packages"] == 18 for item in image["platforms"])
    assert report["policies"][0]["name"] == "sample"
    assert report["trustRoot"]["source"].startswith("file ")


def test_one_platform(tmp_path: Path) -> None:
    done = verify(tmp_path, GOOD, *SAMPLE, "--platform", "linux/arm64")
    assert done.code == 0
    assert "left out   linux/amd64, linux/arm/v7 (1 of 3 platforms judged)" in done.out
    assert verify(tmp_path, GOOD, *SAMPLE, "--platform", "all").code == 0


def test_a_platform_that_is_not_there(tmp_path: Path) -> None:
    done = verify(tmp_path, GOOD, *SAMPLE, "--platform", "linux/s390x", "-o", "json")
    assert done.code == 3
    assert done.report["images"][0]["checks"][0]["code"] == "PlatformError"


def test_image_is_the_command_when_none_is_named(tmp_path: Path) -> None:
    named, unnamed = verify(tmp_path, "image", GOOD, *SAMPLE, "-q"), verify(tmp_path, GOOD, *SAMPLE, "-q")
    first = verify(tmp_path, "--policy", "sample", *TRUST, "-q", GOOD)
    assert {named.out, unnamed.out, first.out} == {f"PASS  {GOOD}\n"}


def test_several_images_end_with_the_worst(tmp_path: Path) -> None:
    done = verify(tmp_path, GOOD, layout("unsigned"), *SAMPLE, "-o", "json")
    assert done.code == 3
    assert [image["verdict"] for image in done.report["images"]] == ["pass", "unverified"]


USAGE: dict[str, tuple[list[str], str]] = {
    "no image": (["image"], ""),
    "unknown option": ([GOOD, "--polcy", "sample"], "No such option: --polcy"),
    "unknown format": ([GOOD, *SAMPLE, "-o", "yaml"], "'yaml' is not supported"),
    "unknown report": ([GOOD, *SAMPLE, "--report", "pdf=x"], "'pdf' is not supported"),
    "report without file": ([GOOD, *SAMPLE, "--report", "json"], "is not FORMAT=FILE"),
    "nobody wanted": ([GOOD, *TRUST], "no policy that ships with verify is about"),
    "nobody wanted of a registry image": (["ghcr.io/org/app", *TRUST], "no policy that ships with verify"),
    "identity without issuer": ([GOOD, *TRUST, "--certificate-identity", "x"], "--certificate-oidc-issuer"),
    "empty issuer": (
        [GOOD, *TRUST, "--certificate-identity", "x", "--certificate-oidc-issuer", ""],
        "it is empty",
    ),
    "requirement without signer": ([GOOD, *TRUST, "--require", "spdx"], "without a signer"),
    "requirement beside a policy": (
        [GOOD, *SAMPLE, "--require", "spdx"],
        "a policy's own 'require' says what it asks for",
    ),
    "plain HTTP with a URL": ([GOOD, *SAMPLE, "--allow-http", "http://localhost:5000"], "is not HOST[:PORT]"),
    "unknown requirement": ([GOOD, *TRUST, "--key", "{key}", "--require", "sbom"], "aliases are"),
    "unknown policy": ([GOOD, *TRUST, "--policy", "smaple"], "did you mean 'sample'"),
    "broken policy": ([GOOD, *TRUST, "--policy", "{policy}"], "policy.yaml:1:1"),
    "missing key": ([GOOD, *TRUST, "--key", "absent.pub"], "cannot read the key"),
    "missing trusted root": (
        [GOOD, "--policy", "sample", "--trusted-root", "absent"],
        "cannot read the trusted root",
    ),
    "broken trusted root": ([GOOD, "--policy", "sample", "--trusted-root", "{policy}"], "not a trusted root"),
    "both roots": ([GOOD, *SAMPLE, "--staging"], "given together"),
    "no reference": (["https://nginx", *SAMPLE], "it starts with a scheme"),
    "no platform": ([GOOD, *SAMPLE, "--platform", "amd64"], "not a platform"),
    "no time": ([GOOD, *SAMPLE, "--at", "yesterday"], "RFC 3339"),
    "time without zone": ([GOOD, *SAMPLE, "--at", "2026-11-01T12:00:00"], "RFC 3339"),
    "evidence in a full folder": ([GOOD, *SAMPLE, "--save-evidence", "."], "not an empty directory"),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_says_what_to_do_and_judges_nothing(tmp_path: Path, name: str) -> None:
    arguments, words = USAGE[name]
    (tmp_path / "policy.yaml").write_text("images: []\n")
    files = {
        "{policy}": str(tmp_path / "policy.yaml"),
        "{key}": str(TESTDATA / "bundles" / "managed-key.pub"),
    }
    done = verify(tmp_path, *(files.get(item, item) for item in arguments))
    assert done.code == 2, done
    assert words in done.err + done.out
    if words:
        assert "pass" not in done.out.lower()
        assert "hint: " in done.err


def test_a_registry_that_cannot_be_reached(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    options = ("--policy", "sample", "--trusted-root", str(TESTDATA / "trusted_root.json"))
    done = verify(tmp_path, f"{address}/app", *options, "--allow-http", address, "-o", "json")
    assert done.code == 4
    jsonschema.validate(done.report, report_schema())
    assert done.report["images"][0]["checks"][0]["code"] == "RegistryError"
    assert done.report["images"][0]["digest"] is None


@pytest.mark.parametrize(
    ("command", "text", "options", "code"),
    [
        ([], "layout", SAMPLE, 4),  # Docker Hub may have such an image
        ([], "layout", TRUST, 2),
        ([], "./layout", SAMPLE, 2),
        (["tree"], "layout", TRUST, 4),
        (["tree"], "./layout", TRUST, 2),
        (["sbom", "show"], "./layout", SAMPLE, 2),
    ],
)
def test_a_layout_without_its_scheme_is_pointed_out(
    tmp_path: Path, command: list[str], text: str, options: tuple[str, ...], code: int
) -> None:
    absent = verify(tmp_path, *command, text, *options)
    shutil.copytree(TESTDATA / "layouts" / "demo", tmp_path / "layout")
    done = verify(tmp_path, *command, text, *options)
    assert (absent.code, done.code) == (code, code)
    said = [" ".join((run.out + run.err).split()) for run in (absent, done)]  # a report breaks its lines
    words = f"for the OCI layout on disk write oci:{text}; otherwise: "
    assert [words in output for output in said] == [False, True]
    # It is not read unasked, and read as it says.
    assert verify(tmp_path, f"oci:{text}", *SAMPLE).code == 0


def test_offline_means_offline(tmp_path: Path) -> None:
    done = verify(tmp_path, "cgr.dev/chainguard/nginx", "--offline")
    assert done.code == 4
    assert "name it by digest" in done.out


def test_a_policy_in_the_current_folder_is_not_picked_up(tmp_path: Path) -> None:
    for name in (".verify.yaml", "verify.yaml", "policy.yaml", "sample", "chainguard.yaml"):
        (tmp_path / name).write_text("version: 1\n")
    assert verify(tmp_path, GOOD, *SAMPLE, cwd=tmp_path).code == 0
    assert verify(tmp_path, layout("unsigned"), *SAMPLE, cwd=tmp_path).code == 3


def test_options_come_from_the_environment_too(tmp_path: Path) -> None:
    environment = {
        "VERIFY_POLICY": "sample",
        "VERIFY_TRUSTED_ROOT": str(TESTDATA / "trusted_root.json"),
        "VERIFY_OFFLINE": "1",
        "VERIFY_OUTPUT": "json",
        "VERIFY_PLATFORM": "linux/amd64 linux/arm64",
    }
    done = verify(tmp_path, GOOD, env=environment)
    assert done.code == 0
    assert len(done.report["images"][0]["platforms"]) == 2
    # What is given on the command line comes first.
    assert verify(tmp_path, GOOD, "-o", "text", env=environment).out.startswith("PASS")


def test_reports_are_written_besides(tmp_path: Path) -> None:
    done = verify(tmp_path, GOOD, *SAMPLE, "--report", "json=a.json", "--report", "text=b.txt", "-q")
    assert done.out == f"PASS  {GOOD}\n"
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == "pass"
    assert (tmp_path / "b.txt").read_text().startswith("PASS")
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == [
        "a.json",
        "b.txt",
    ]


def test_a_report_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    done = verify(tmp_path, GOOD, *SAMPLE, "--report", "json=absent/a.json")
    assert done.code == 4
    assert "cannot write" in done.err


def test_saved_evidence_gives_the_same_verdict_again(tmp_path: Path) -> None:
    first = verify(tmp_path, GOOD, *SAMPLE, "--save-evidence", "saved", "-o", "json")
    assert first.code == 0
    root = ("--trusted-root", str(tmp_path / "saved" / "trusted_root.json"))
    again = verify(
        tmp_path, f"oci:{tmp_path / 'saved'}", "--offline", "--policy", "sample", *root, "-o", "json"
    )
    assert again.code == 0
    assert again.report["images"][0]["platforms"] == first.report["images"][0]["platforms"]
    # The twin: one piece of evidence less.
    index = json.loads((tmp_path / "saved" / "index.json").read_text())
    index["manifests"] = [
        item for item in index["manifests"] if not str(item.get("annotations")).endswith(".att'}")
    ]
    (tmp_path / "saved" / "index.json").write_text(json.dumps(index))
    assert verify(tmp_path, f"oci:{tmp_path / 'saved'}", "--offline", "--policy", "sample", *root).code == 3


def test_a_trust_root_inside_a_layout_is_not_trusted(tmp_path: Path) -> None:
    """Whoever hands over a layout must not choose what is trusted."""
    verify(tmp_path, GOOD, *SAMPLE, "--save-evidence", "saved")
    done = verify(tmp_path, f"oci:{tmp_path / 'saved'}", "--offline", "--policy", "sample", "-o", "json")
    assert done.code == 3
    assert done.report["trustRoot"]["source"].startswith("Sigstore public good instance")
    check = done.report["images"][0]["platforms"][0]["checks"][0]
    assert check["code"] == "TrustRootError"
    assert "--trusted-root" in check["hint"]


def test_where_a_report_cannot_go_is_said_before_anything_is_judged(tmp_path: Path) -> None:
    for target, words in (("absent/report.json", "there is no directory absent"), (".", "no regular file")):
        done = verify(tmp_path, GOOD, *SAMPLE, "--report", f"json={target}")
        assert (done.code, done.out) == (4, "")
        assert words in done.err
    assert verify(tmp_path, GOOD, *SAMPLE, "--report", "json=report.json").code == 0


def test_a_mistyped_command_is_named_also_when_its_image_is_not_there(tmp_path: Path) -> None:
    done = verify(tmp_path, "polcy", *SAMPLE)
    assert done.code == 4
    assert "'polcy' is read as an image; is 'verify policy' meant?" in done.err


def test_an_sbom_that_was_damaged_is_said_to_be(tmp_path: Path) -> None:
    """The index has an SBOM too, and that one is not the reason."""
    copy = tmp_path / "copy"
    shutil.copytree(LAYOUTS / "demo", copy)
    report = verify(tmp_path, GOOD, *SAMPLE, "-o", "json").report["images"][0]
    platform = next(item for item in report["platforms"] if item["platform"] == "linux/arm64")
    blob = copy / "blobs" / "sha256" / platform["sbom"]["evidence"].removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes()[:-1])
    done = verify(tmp_path, f"oci:{copy}", *SAMPLE, "--platform", "linux/arm64", "-o", "json")
    assert done.code == 3
    failed = [c for c in done.report["images"][0]["platforms"][0]["checks"] if c["outcome"] != "pass"]
    assert [check["code"] for check in failed] == ["DigestMismatch"]
    assert blob.name in failed[0]["message"]


def test_a_wrong_tag_is_answered_with_the_images_that_are_there(tmp_path: Path) -> None:
    done = verify(tmp_path, f"{GOOD}:nope", *SAMPLE)
    assert done.code == 4
    assert "name an image that is in it" in done.out
    assert "(latest)" in done.out
    assert ".sig" not in done.out


def test_a_layout_does_not_choose_a_policy_that_is_an_example(tmp_path: Path) -> None:
    """The demo layout claims a name that the sample policy is about."""
    assert verify(tmp_path, GOOD, *TRUST).code == 2
    assert verify(tmp_path, GOOD, *SAMPLE).code == 0


@pytest.mark.parametrize("name", ["demo", "unsigned", "wrong-signer"])
def test_no_check_is_an_assertion(tmp_path: Path, name: str) -> None:
    """FLT-05: optimised away, the answers are the same."""
    plain = verify(tmp_path, layout(name), *SAMPLE, "-o", "json", "--at", "2026-11-02T00:00:00Z")
    optimised = verify(
        tmp_path, layout(name), *SAMPLE, "-o", "json", "--at", "2026-11-02T00:00:00Z", python="-O"
    )
    assert (plain.code, plain.out) == (optimised.code, optimised.out)


def test_the_output_does_not_depend_on_the_order_of_hashes(tmp_path: Path) -> None:
    outputs = {
        verify(
            tmp_path,
            GOOD,
            *SAMPLE,
            "-o",
            "json",
            "--at",
            "2026-11-02T00:00:00Z",
            env={"PYTHONHASHSEED": seed},
        ).out
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1


def test_colour_only_where_it_is_wanted(tmp_path: Path) -> None:
    assert "\x1b[" not in verify(tmp_path, GOOD, *SAMPLE).out
    assert "\x1b[1;32mPASS" in verify(tmp_path, GOOD, *SAMPLE, env={"FORCE_COLOR": "1"}).out
    assert "\x1b[" not in verify(tmp_path, GOOD, *SAMPLE, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
    assert "\x1b[" not in verify(tmp_path, GOOD, *SAMPLE, "--no-color", env={"FORCE_COLOR": "1"}).out


def test_marks_that_the_terminal_does_not_have_are_replaced(tmp_path: Path) -> None:
    done = verify(tmp_path, GOOD, *SAMPLE, env={"PYTHONIOENCODING": "ascii", "LANG": "C"})
    assert done.code == 0
    assert "    ok signed by release" in done.out


def test_a_layout_in_a_tar_file(tmp_path: Path) -> None:
    import tarfile

    with tarfile.open(tmp_path / "demo.tar", "w") as archive:
        archive.add(LAYOUTS / "demo", arcname=".")
    assert verify(tmp_path, f"oci-archive:{tmp_path / 'demo.tar'}", *SAMPLE).code == 0
    assert verify(tmp_path, f"oci-archive:{tmp_path / 'demo.tar'}:latest", *SAMPLE).code == 0
