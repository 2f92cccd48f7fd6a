"""Which images are verified, and on which platforms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.evidence import SignedImage
from tests.sigstore_instance import SigstoreInstance
from tests.workload import found_in_text
from verifier.gate.run import judge, time_allowed, wanted
from verifier.model.finding import Verdict
from verifier.model.platform import Platform
from verifier.model.report import Location
from verifier.settings import Settings
from verifier.workload.interface import NamedImage

AMD64, ARM64 = Platform.parse("linux/amd64"), Platform.parse("linux/arm64")


def named(reference: str, *platforms: Platform, line: int = 1) -> NamedImage:
    return NamedImage(reference, Location("a.yaml", line, 1, "", ""), platforms)


def test_one_image_by_several_names_is_verified_once() -> None:
    names = ("nginx", "docker.io/nginx", "docker.io/library/nginx:latest", "index.docker.io/library/nginx")
    (image,) = wanted([named(name, line=number) for number, name in enumerate(names)], ())
    assert image.reference == "nginx"
    assert [each.location.line for each in image.named] == [0, 1, 2, 3]
    assert len(wanted([named("nginx:1"), named("nginx:2"), named(f"nginx@sha256:{'0' * 64}")], ())) == 3


def test_a_default_port_names_no_other_image() -> None:
    names = ("ghcr.io/org/app", "ghcr.io:443/org/app", "GHCR.io:443/org/app:latest")
    assert len(wanted([named(name) for name in names], ())) == 1
    assert len(wanted([named("docker.io:443/nginx"), named("nginx"), named("nginx:2")], ())) == 2
    http = [named("r.example/app"), named("r.example:80/app")]
    assert len(wanted(http, (), plain_http=["r.example"])) == 1
    assert len(wanted(http, ())) == 2


@pytest.mark.parametrize(
    ("places", "usual", "expected"),
    [
        ([(AMD64,), (ARM64,)], (), (AMD64, ARM64)),
        ([(AMD64,), ()], (), ()),
        ([(AMD64,), ()], (ARM64,), (AMD64, ARM64)),
        ([(), ()], (ARM64,), (ARM64,)),
        ([(AMD64,), (AMD64,)], (ARM64,), (AMD64,)),
    ],
)
def test_platforms_of_all_places_count(
    places: list[tuple[Platform, ...]], usual: tuple[Platform, ...], expected: tuple[Platform, ...]
) -> None:
    (image,) = wanted([named("nginx", *platforms) for platforms in places], usual)
    assert image.platforms == expected


def test_many_images_may_take_longer() -> None:
    assert time_allowed(1, 120.0) == 120.0
    assert time_allowed(1000, 120.0) == 2000.0


AT = datetime(2026, 11, 2, tzinfo=UTC)


def test_a_variant_that_a_node_could_run_is_judged_too(tmp_path: Path) -> None:
    """Nodes that say amd64 run what the index has for amd64/v3, where their runtime prefers it."""
    sigstore = SigstoreInstance()
    image = SignedImage(sigstore, platforms=("linux/amd64", "linux/amd64/v3", "linux/arm64"))
    image.sign(sigstore.signer, image.root)
    layout = image.write(tmp_path / "layout")
    one = named(f"oci:{layout}", AMD64)
    settings = Settings(
        at=AT,
        policies=("sample",),
        trusted_root=layout / "trusted_root.json",
        offline=True,
    )
    report = judge(
        wanted([one], ()),
        (),
        settings,
        progress=lambda _: None,
        warn=lambda _: None,
        keep_contents=False,
    )
    (judged,) = report.images
    assert [str(platform.platform) for platform in judged.platforms] == [
        "linux/amd64",
        "linux/amd64/v3",
        "linux/arm64",
    ]
    assert judged.named_at == (one.location,)
    assert judged.verdict is Verdict.UNVERIFIED
    assert all(platform.contents is None for platform in judged.platforms)


def test_progress_says_how_many_are_done(testdata: Path) -> None:
    layout = testdata / "layouts" / "demo"
    images = found_in_text(f"oci:{layout}\n", name="images.txt").images
    steps: list[str] = []
    settings = Settings(
        at=AT,
        policies=("sample",),
        trusted_root=testdata / "trusted_root.json",
        offline=True,
    )
    report = judge(
        wanted(images, ()), (), settings, progress=steps.append, warn=lambda _: None, keep_contents=True
    )
    assert report.verdict is Verdict.PASS
    assert steps
    assert all(step.startswith(("0 of 1 images; ", "1 of 1 images; ")) for step in steps)
    assert any(platform.contents is not None for platform in report.images[0].platforms)
