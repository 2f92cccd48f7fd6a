"""Images whose registry moves, hides, floods or points elsewhere (REG-01, REG-02, REG-04, DOS-01)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.test_requests import REPOSITORY, SIGSTORE, settings, signed_index
from tests.registry_server import Fault, RegistryServer, Tripwire
from tests.sigstore_instance.layout import Contents, Layout
from verifier.limits import EVIDENCE_ITEMS
from verifier.model.finding import Verdict
from verifier.model.report import ImageReport
from verifier.verification import verify_images


def verify(server: RegistryServer, folder: Path, *require: str) -> ImageReport:
    asked = settings(server, folder)
    if require:
        asked = replace(asked, signer=replace(asked.signer, require=require), platforms=())
    return verify_images([f"{server.address}/{REPOSITORY}"], asked).images[0]


def codes(report: ImageReport) -> set[str]:
    checks = [*report.checks, *(check for item in report.platforms for check in item.checks)]
    return {check.code for check in checks if check.code}


@pytest.mark.parametrize("signed_first", [True, False])
def test_a_tag_that_moves_is_the_image_that_it_named_first(tmp_path: Path, signed_first: bool) -> None:
    contents, digests = signed_index()
    unsigned = Layout()
    other = unsigned.index([unsigned.image("linux/amd64", layers=[b"evil"])])
    media_type, raw = unsigned.contents().manifests[other.digest]
    moved = Fault(
        "manifests/latest$",
        headers={"Content-Type": media_type},
        body=raw,
        calls=tuple(range(2, 100)) if signed_first else (1,),
    )
    held = replace(
        contents,
        manifests={**contents.manifests, **unsigned.contents().manifests},
        blobs={**contents.blobs, **unsigned.contents().blobs},
    )
    with RegistryServer(held, REPOSITORY, faults=[moved]) as server:
        report = verify(server, tmp_path)
        assert server.paths().count("manifests/latest") == 1
    assert report.verdict is (Verdict.PASS if signed_first else Verdict.UNVERIFIED)
    assert str(report.digest) == (digests["index"] if signed_first else other.digest)


def test_each_tag_that_is_hidden_only_ever_loses_evidence(tmp_path: Path) -> None:
    contents, digests = signed_index()
    verdicts = {}
    for hidden in [tag for tag in contents.tags if tag != "latest"]:
        tags = {tag: digest for tag, digest in contents.tags.items() if tag != hidden}
        with RegistryServer(replace(contents, tags=tags), REPOSITORY) as server:
            verdicts[hidden] = verify(server, tmp_path).verdict
    needed = {
        f"{digests['index']}.sig".replace(":", "-"),
        f"{digests['index']}.att".replace(":", "-"),
        f"{digests['linux/amd64']}.att".replace(":", "-"),
    }
    assert {tag for tag, verdict in verdicts.items() if verdict is Verdict.UNVERIFIED} == needed
    # What is left is the other platform's, which was not asked for.
    assert {tag for tag, verdict in verdicts.items() if verdict is Verdict.PASS} == set(verdicts) - needed


def rewritten(contents: Contents, tag: str, **layer: object) -> Contents:
    """The same with more in the layer under ``tag``."""
    media_type, raw = contents.manifests[contents.tags[tag]]
    document = json.loads(raw)
    document["layers"][0].update(layer)
    layout = Layout()
    manifest = layout.manifest(document)
    return replace(
        contents,
        manifests={**contents.manifests, manifest.digest: (media_type, layout.blobs[manifest.digest])},
        tags={**contents.tags, tag: manifest.digest},
    )


def test_places_that_a_layer_names_are_not_visited_and_its_own_copy_is_not_read(tmp_path: Path) -> None:
    contents, digests = signed_index()
    tag = f"{digests['index']}.sig".replace(":", "-")
    with Tripwire() as tripwire:
        more = {
            "urls": [f"http://{tripwire.address}/x", "file:///etc/passwd"],
            "data": base64.b64encode(b"evil").decode(),
        }
        held = rewritten(contents, tag, **more)
        with RegistryServer(held, REPOSITORY) as server:
            assert verify(server, tmp_path).verdict is Verdict.PASS
        # Nor where the registry does not have the blob.
        blob = json.loads(held.manifests[held.tags[tag]][1])["layers"][0]["digest"]
        blobs = {digest: raw for digest, raw in held.blobs.items() if digest != blob}
        with RegistryServer(replace(held, blobs=blobs), REPOSITORY) as server:
            report = verify(server, tmp_path)
        assert report.verdict is Verdict.UNAVAILABLE
        assert codes(report) == {"RegistryError"}


def flooded(junk: int) -> Contents:
    """An image with a good signature among ``junk`` other referrers, the good one last."""
    layout = Layout()
    image = layout.image("linux/amd64")
    layout.tag("latest", image)
    for number in range(junk):
        layout.referrer(image, b'{"number": %d}' % number, fallback=False, listed=False)
    layout.referrer(image, SIGSTORE.cosign_v3_signature(image.digest), fallback=False, listed=False)
    return layout.contents()


@pytest.mark.parametrize(("junk", "verdict"), [(30, Verdict.PASS), (EVIDENCE_ITEMS, Verdict.UNAVAILABLE)])
def test_a_flood_within_the_limit_hides_nothing_and_beyond_it_nothing_is_opened(
    tmp_path: Path, junk: int, verdict: Verdict
) -> None:
    contents = flooded(junk)
    with RegistryServer(contents, REPOSITORY, referrers=True, page=100) as server:
        report = verify(server, tmp_path, "signature")
        opened = [path for path in server.paths() if path.startswith("manifests/sha256:")]
    assert report.verdict is verdict
    if verdict is Verdict.PASS:
        assert len(report.rejected) == junk
    else:
        assert codes(report) == {"LimitExceeded"}
        assert opened == []
