"""A refusal stays one whatever of it a registry, a network or a copied layout keeps back.

One review approves an image and one withdraws the approval. The withdrawal lies under the ``.att`` tag, in
the referrers API or under the fallback tag; its list, its manifest or its blob is withheld, in every way that
a registry knows. Its twins: everything can be read, and it is not listed at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.registry_server import Fault, RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import BUNDLE, INDEX, MANIFEST, Contents, Descriptor, Layout
from tests.unit.registry.remote import registry as remote_registry
from verifier.attestation.statement import parse_simple_signing, parse_statement
from verifier.errors import LimitExceeded
from verifier.limits import EVIDENCE_BYTES
from verifier.model.finding import Verdict
from verifier.model.reference import LayoutReference
from verifier.model.report import ImageReport
from verifier.model.trust import TrustRoot
from verifier.pipeline import Gathered, Pipeline, judge
from verifier.policy.document import load_policy
from verifier.policy.evaluator import evaluate
from verifier.policy.image_checks import Asked
from verifier.registry.discovery import discover
from verifier.registry.documents import parse
from verifier.registry.layout import LayoutSource
from verifier.registry.recording import RecordingSource
from verifier.registry.saving import SavedImage, save_evidence
from verifier.sbom.reader import read_sbom, validate_attested
from verifier.signature.verifier import SigstoreVerifier
from verifier.trustroot.file import FileTrustRoot
from verifier.workers import Workers

SIGSTORE = SigstoreInstance("withheld")
REVIEW = "https://example.com/review/v1"
NOW = datetime(2026, 11, 2, tzinfo=UTC)
POLICY = """\
version: 1
name: app
images: ["**"]
signers:
  release:
    issuer: https://token.actions.githubusercontent.com
    subject: https://github.com/example/hello/.github/workflows/release.yaml@refs/heads/main
require:
  - signature: {}
  - attestation: {type: https://example.com/review/v1, SELECT
                  schema: {required: [approved], properties: {approved: {const: true}}}}
"""
# Without a word it is all of them; any one is met by the approval, whatever else there is.
POLICIES = {
    select: load_policy(POLICY.replace("SELECT", text).encode(), source="policy.yaml")
    for select, text in (("default", ""), ("latest", "select: latest,"), ("any", "select: any,"))
}


class Reviewed:
    """A signed image with an approval, and a withdrawal in ``place`` unless ``place`` is empty."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.layout = layout = Layout()
        self.image = image = layout.image("linux/amd64")
        layout.tag("latest", image)
        layout.signatures(image, [SIGSTORE.legacy_signature(image.digest)])
        self.stem = image.digest.replace(":", "-")
        approval, withdrawal = (
            SIGSTORE.statement(image.digest, REVIEW, {"approved": approved}) for approved in (True, False)
        )
        if place == "att":
            layout.referrer(image, SIGSTORE.bundle_dsse(approval), fallback=False)
            manifest = layout.attestations(image, [SIGSTORE.legacy_attestation(withdrawal)])
        else:
            layout.attestations(image, [SIGSTORE.legacy_attestation(approval)])
            if not place:
                return
            bundle = SIGSTORE.bundle_dsse(withdrawal)
            manifest = layout.referrer(image, bundle, fallback=place == "fallback", listed=False)
        self.manifest = manifest.digest
        document = json.loads(layout.blobs[self.manifest])
        self.blob = document["layers"][0]["digest"]

    @property
    def contents(self) -> Contents:
        return self.layout.contents()

    def path(self, target: str) -> str:
        """Where ``target`` of the withdrawal is asked for."""
        lists = {"att": f"manifests/{self.stem}.att$", "fallback": f"manifests/{self.stem}$"}
        paths = {"manifest": f"manifests/{self.manifest}$", "blob": f"blobs/{self.blob}$"}
        return {"list": lists.get(self.place, "/referrers/"), **paths}[target]


ANSWERS = {
    "429": Fault("", 429, {"Retry-After": "1"}),
    "500": Fault("", 500),
    "503": Fault("", 503, body=b"upstream connect error"),
    "401": Fault("", 401),
    "403": Fault("", 403),
    "reset": Fault("", raw=b""),
    "cut": Fault("", headers={"Content-Type": INDEX}, body=b'{"schemaVersion": 2,', length=500),
    "page": Fault("", headers={"Content-Type": "text/plain"}, body=b"please log in"),
    "error": Fault(
        "", headers={"Content-Type": "application/json"}, body=b'{"errors": [{"code": "DENIED"}]}'
    ),
    "empty": Fault("", headers={"Content-Type": "application/octet-stream"}),
    "away": Fault("", 307, {"Location": "http://registry.example/elsewhere"}),
    "circle": Fault("", 302),
    "other bytes": Fault("", headers={"Content-Type": INDEX}, body=b'{"schemaVersion": 2, "manifests": 3}'),
    "missing": Fault("", 404),
    "gone": Fault("", 410),
    "login page": Fault("", headers={"Content-Type": "text/html"}, body=b"<html></html>"),
}
PLACES = ("att", "referrers", "fallback")


def cases() -> Iterator[tuple[str, str, str]]:
    for place in PLACES:
        for target in ("list", "manifest", "blob"):
            if (place, target) == ("att", "manifest"):
                continue  # the tag leads to it
            for name in ANSWERS:
                # So a registry says that there is nothing; a page for people, that it has no such API.
                absent = target == "list" and (
                    name == "missing" or (place == "referrers" and name == "login page")
                )
                if not absent:
                    yield place, target, name


@pytest.fixture(scope="module")
def trust_root(tmp_path_factory: pytest.TempPathFactory) -> TrustRoot:
    path = tmp_path_factory.mktemp("trust") / "trusted_root.json"
    path.write_bytes(SIGSTORE.trusted_root())
    return FileTrustRoot(path).load()


@pytest.fixture(scope="module")
def pipeline(trust_root: TrustRoot) -> Iterator[Pipeline]:
    verifier = SigstoreVerifier(
        trust_root, keys=(), parse_statement=parse_statement, parse_simple_signing=parse_simple_signing
    )
    with Workers(4) as workers:
        yield Pipeline(
            parse=parse,
            discover=discover,
            signatures=lambda: verifier,
            workers=workers,
            progress=lambda _: None,
        )


def report(gathered: Gathered, select: str) -> ImageReport:
    asked = Asked(name=None, claimed="registry.example/app", tag=None, now=NOW)
    return judge(
        gathered,
        "app",
        lambda evidence: evaluate(
            [POLICIES[select]], evidence, asked=asked, decode=read_sbom, validate=validate_attested
        ),
    )


def verdicts(gathered: Gathered) -> list[Verdict]:
    return [report(gathered, select).verdict for select in POLICIES]


def again(source: RecordingSource, pipeline: Pipeline, trust_root: TrustRoot, folder: Path) -> list[Verdict]:
    """The verdicts on what was saved of it."""
    recording = source.recording()
    assert recording is not None
    image = SavedImage("app", "registry.example/app", "latest", recording)
    save_evidence(folder, [image], trust_root=trust_root, evaluated_at=NOW)
    layout = LayoutSource(LayoutReference(str(folder), archive=False, tag="latest", digest=None))
    try:
        return verdicts(pipeline.gather(layout, ()))
    finally:
        layout.close()


def run(
    image: Reviewed, pipeline: Pipeline, trust_root: TrustRoot, folder: Path, *faults: Fault, page: int = 0
) -> list[Verdict]:
    """The verdicts of each policy, which those on the saved evidence must equal."""
    api = image.place != "fallback"
    with (
        RegistryServer(image.contents, "org/app", referrers=api, page=page, faults=faults) as server,
        remote_registry(server) as source,
    ):
        recording = RecordingSource(source)
        found = verdicts(pipeline.gather(recording, ()))
    assert again(recording, pipeline, trust_root, folder / "saved") == found
    return found


FAIL, PASS, UNAVAILABLE = Verdict.FAIL, Verdict.PASS, Verdict.UNAVAILABLE


@pytest.mark.parametrize("place", PLACES)
def test_what_can_be_read_is_refused(
    pipeline: Pipeline, trust_root: TrustRoot, tmp_path: Path, place: str
) -> None:
    assert run(Reviewed(place), pipeline, trust_root, tmp_path) == [FAIL, FAIL, PASS]


@pytest.mark.parametrize("fault", [None, "missing", "login page"])
def test_what_is_not_listed_does_not_refuse(
    pipeline: Pipeline, trust_root: TrustRoot, tmp_path: Path, fault: str | None
) -> None:
    """Nor does a registry that has no referrers API, however it says so."""
    faults = [replace(ANSWERS[fault], path="/referrers/")] if fault else []
    assert run(Reviewed(""), pipeline, trust_root, tmp_path, *faults) == [PASS, PASS, PASS]


@pytest.mark.parametrize("target", ["manifest", "index"])
def test_a_registry_that_takes_a_tag_for_a_digest_lists_nothing_by_it(
    pipeline: Pipeline, trust_root: TrustRoot, tmp_path: Path, target: str
) -> None:
    """As GitLab does (oras-go issue 1396); nor does it when that is saved and judged again."""
    image = Reviewed("")
    root = image.layout.index([image.image]) if target == "index" else image.image
    image.layout.tag("latest", root)
    image.layout.tag(root.digest.replace(":", "-"), root)
    assert run(image, pipeline, trust_root, tmp_path) == [PASS, PASS, PASS]


@pytest.mark.parametrize(("place", "target", "answer"), list(cases()))
def test_what_is_withheld_is_no_pass(
    pipeline: Pipeline, trust_root: TrustRoot, tmp_path: Path, place: str, target: str, answer: str
) -> None:
    image = Reviewed(place)
    fault = replace(ANSWERS[answer], path=image.path(target))
    assert run(image, pipeline, trust_root, tmp_path, fault) == [UNAVAILABLE, UNAVAILABLE, PASS]


def test_a_page_of_the_list_that_does_not_come_is_withheld(
    pipeline: Pipeline, trust_root: TrustRoot, tmp_path: Path
) -> None:
    image = Reviewed("referrers")
    image.layout.referrer(image.image, b"{}", fallback=False, listed=False)
    (tmp_path / "whole").mkdir()
    assert run(image, pipeline, trust_root, tmp_path / "whole", page=1) == [FAIL, FAIL, PASS]
    for answer in ("503", "missing", "reset", "away"):
        fault = replace(ANSWERS[answer], path=r"/referrers/.*\?start=1")
        (tmp_path / answer).mkdir()
        found = run(image, pipeline, trust_root, tmp_path / answer, fault, page=1)
        assert found == [UNAVAILABLE, UNAVAILABLE, PASS]


def odd_referrer(image: Reviewed, **layer: object) -> None:
    """One more referrer, whose layer is described as ``layer`` says."""
    blob = {"mediaType": BUNDLE, "digest": f"sha256:{'5c' * 32}", "size": 10, **layer}
    image.layout.manifest(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": image.layout.blob(b"{}", "application/vnd.oci.empty.v1+json").document(),
            "layers": [blob],
            "subject": {"mediaType": MANIFEST, "digest": image.image.digest, "size": image.image.size},
        }
    )


@pytest.mark.parametrize(
    ("layer", "withheld"),
    [
        ({"size": 9 * 2**30}, True),
        ({"size": 2**63}, True),
        ({}, True),
        ({"digest": f"sha512:{'5c' * 64}"}, True),
        ({"annotations": {"a": 1}}, True),
        # What it is stands in the manifest, whose digest the list gives: no signed material.
        ({"mediaType": "application/vnd.cncf.notary.signature"}, False),
    ],
)
def test_a_referrer_that_cannot_be_read_whole_is_withheld(
    pipeline: Pipeline, trust_root: TrustRoot, tmp_path: Path, layer: dict[str, object], withheld: bool
) -> None:
    image = Reviewed("")
    odd_referrer(image, **layer)
    found = run(image, pipeline, trust_root, tmp_path)
    assert found == ([UNAVAILABLE, UNAVAILABLE, PASS] if withheld else [PASS, PASS, PASS])


def test_a_document_of_another_kind_is_read_and_is_no_evidence(
    pipeline: Pipeline, trust_root: TrustRoot, tmp_path: Path
) -> None:
    """An artifact manifest, which OCI withdrew, may still refer to images."""
    image = Reviewed("")
    kind = "application/vnd.oci.artifact.manifest.v1+json"
    subject = {"mediaType": MANIFEST, "digest": image.image.digest, "size": image.image.size}
    image.layout.manifest({"mediaType": kind, "schemaVersion": 2, "blobs": [], "subject": subject})
    assert run(image, pipeline, trust_root, tmp_path) == [PASS, PASS, PASS]


# --- layouts on disk ---


def on_disk(folder: Path, pipeline: Pipeline) -> list[Verdict]:
    layout = LayoutSource(LayoutReference(str(folder), archive=False, tag="latest", digest=None))
    try:
        return verdicts(pipeline.gather(layout, ()))
    finally:
        layout.close()


@pytest.mark.parametrize("damage", ["missing", "other bytes", "cut", "a directory", "too large", "none"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("target", ["manifest", "blob"])
def test_a_layout_without_one_blob_is_no_pass(
    pipeline: Pipeline, tmp_path: Path, place: str, target: str, damage: str
) -> None:
    image = Reviewed(place)
    if place == "referrers":  # as oras lists it, without a fallback tag
        image.layout.listed.append(descriptor_of(image.layout, image.manifest))
    folder = tmp_path / "layout"
    image.layout.write(folder)
    assert on_disk(folder, pipeline) == [FAIL, FAIL, PASS]
    digest = image.manifest if target == "manifest" else image.blob
    path = folder / "blobs" / "sha256" / digest.removeprefix("sha256:")
    raw = path.read_bytes()
    if damage != "none":
        path.unlink()
    match damage:
        case "other bytes":
            path.write_bytes(bytes(len(raw)))
        case "cut":
            path.write_bytes(raw[:-1])
        case "a directory":
            path.mkdir()
        case "too large":
            path.write_bytes(raw + b" " * EVIDENCE_BYTES)
    if (place, target, damage) == ("att", "manifest", "too large"):
        # A list over the limit ends the run.
        with pytest.raises(LimitExceeded):
            on_disk(folder, pipeline)
        return
    hidden = [UNAVAILABLE, UNAVAILABLE, PASS]
    assert on_disk(folder, pipeline) == ([FAIL, FAIL, PASS] if damage == "none" else hidden)


def descriptor_of(layout: Layout, digest: str) -> Descriptor:
    return Descriptor(layout.media_types[digest], digest, len(layout.blobs[digest]))


def test_what_a_layout_lists_beside_the_image_may_be_anything(pipeline: Pipeline, tmp_path: Path) -> None:
    """image-layout.md has an application/xml among the manifests of an index.json."""
    image = Reviewed("")
    xml = image.layout.blob(b"<appdata/>", "application/xml")
    image.layout.listed.append(xml)
    image.layout.write(tmp_path / "layout")
    assert on_disk(tmp_path / "layout", pipeline) == [PASS, PASS, PASS]
    (tmp_path / "layout" / "blobs" / "sha256" / xml.digest.removeprefix("sha256:")).unlink()
    assert on_disk(tmp_path / "layout", pipeline) == [UNAVAILABLE, UNAVAILABLE, PASS]
