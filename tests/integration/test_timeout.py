"""Time is up for what computes as for what waits, and the rest of the report is there all the same."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.cli import LAYOUTS, TESTDATA, verify
from tests.integration.test_admission_bounds import spdx
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import Layout
from tests.webhook_server import POLICY
from verifier.assembly import Session
from verifier.errors import LimitExceeded
from verifier.model.finding import Verdict
from verifier.model.report import ImageReport
from verifier.settings import Settings
from verifier.verification import verify_images


def settings(seconds: float) -> Settings:
    return Settings(
        at=datetime(2026, 11, 1, 12, tzinfo=UTC),
        policies=("sample",),
        trusted_root=TESTDATA / "trusted_root.json",
        offline=True,
        timeout=seconds,
    )


def test_an_image_that_is_computed_without_end_is_unavailable_and_others_are_judged() -> None:
    good, endless = f"oci:{LAYOUTS / 'demo'}", f"oci:{LAYOUTS / 'unsigned'}"
    never = threading.Event()

    def done(report: ImageReport) -> ImageReport:
        """Stand for work that never ends, in the thread of an image that is ready otherwise."""
        if report.reference == endless and report.verdict is Verdict.UNVERIFIED:
            never.wait()
        return report

    try:
        report = verify_images([endless, good], settings(8), done=done)
    finally:
        never.set()
    assert [(image.reference, image.verdict) for image in report.images] == [
        (endless, Verdict.UNAVAILABLE),
        (good, Verdict.PASS),
    ]
    (finding,) = report.images[0].checks
    assert (finding.code, finding.message) == ("LimitExceeded", "it took longer than 8 seconds")
    assert report.exit_code == 4


def test_what_is_shown_has_its_time_too() -> None:
    never = threading.Event()
    with Session(settings(0.01), progress=lambda _: None, warn=lambda _: None) as session:
        with pytest.raises(LimitExceeded) as caught:
            session.within(never.wait)
        never.set()
        assert caught.value.hint == "allow more with --timeout SECONDS"
    with Session(settings(60), progress=lambda _: None, warn=lambda _: None) as session:
        assert session.within(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            session.within(lambda: 1 // 0)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """An image with an SBOM of 5000 packages, and how it is verified."""
    folder = tmp_path_factory.mktemp("large")
    stored, sigstore = Layout(), SigstoreInstance()
    image = stored.image()
    stored.tag("v1", image)
    statement = sigstore.statement(image.digest, "https://spdx.dev/Document", spdx(5000))
    stored.signatures(image, [sigstore.legacy_signature(image.digest)])
    stored.attestations(image, [sigstore.legacy_attestation(statement)])
    stored.write(folder / "layout")
    (folder / "root.json").write_bytes(sigstore.trusted_root())
    policy = POLICY.format(name="app", address="x").replace('"x/**"', '"**"')
    (folder / "policy.yaml").write_text(policy + "  - packages: {deny: [{name: nope}]}\n")
    trust = ["--trusted-root", str(folder / "root.json"), "--offline"]
    return folder, [f"oci:{folder / 'layout'}", "--policy", str(folder / "policy.yaml"), *trust]


def test_the_report_says_that_time_was_up(tmp_path: Path, large: tuple[Path, list[str]]) -> None:
    done = verify(tmp_path, *large[1], "-o", "json", "--timeout", "0.1")
    assert done.code == 4
    (image,) = done.report["images"]
    assert image["verdict"] == "unavailable"
    assert [check["code"] for check in image["checks"]] == ["LimitExceeded"]


def test_with_time_enough_it_passes(tmp_path: Path, large: tuple[Path, list[str]]) -> None:
    done = verify(tmp_path, *large[1], "-o", "json", "--timeout", "100")
    assert (done.code, done.report["images"][0]["verdict"]) == (0, "pass"), done.err


@pytest.mark.parametrize("command", ["attestations", "tree", "sbom show"])
def test_commands_that_show_end_in_time(tmp_path: Path, large: tuple[Path, list[str]], command: str) -> None:
    arguments = large[1] if command != "tree" else [large[1][0], *large[1][3:]]
    done = verify(tmp_path, *command.split(), *arguments, "--timeout", "0.1")
    assert done.code == 4
    assert "it took longer than 0.1 seconds" in done.err
