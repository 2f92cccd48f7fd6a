"""Replicas share evidence through Redis, and believe nothing of it."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.interop.servers import free_port, running
from tests.registry_server import Fault, RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import Layout
from tests.webhook_server import POLICY, REPOSITORY, Images, WebhookServer, pod, review, signed_and_unsigned

redis = pytest.importorskip("redis")


@pytest.fixture(scope="module")
def images() -> Images:
    return signed_and_unsigned()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own, at ``127.0.0.1:PORT``."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not on this machine")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with running(command, port) as address:
        yield address


@contextmanager
def replica(
    folder: Path, registry: RegistryServer, images: Images, place: str, *, policy: str = POLICY
) -> Iterator[WebhookServer]:
    folder.mkdir()
    configuration = f"cache: {{redis: 'redis://{place}/0'}}\n"
    with WebhookServer(folder, registry, images, configuration=configuration, policy=policy) as webhook:
        yield webhook


def client(place: str) -> Any:
    host, _, port = place.partition(":")
    return redis.Redis(host, int(port))


def test_what_one_replica_fetched_the_others_need_not(tmp_path: Path, images: Images, place: str) -> None:
    with RegistryServer(images.contents, REPOSITORY) as registry:
        asked = review(pod(f"{registry.address}/{REPOSITORY}@{images.digests['signed']}"))
        with replica(tmp_path / "a", registry, images, place) as first:
            assert first.post(asked)["allowed"]
        seen = len(registry.requests)
        with replica(tmp_path / "b", registry, images, place) as second:
            assert second.post(asked)["allowed"]
        assert len(registry.requests) == seen


def test_evidence_in_the_place_of_another_image_proves_nothing(
    tmp_path: Path, images: Images, place: str
) -> None:
    with RegistryServer(images.contents, REPOSITORY) as registry:
        name = f"{registry.address}/{REPOSITORY}"
        keys: dict[str, bytes] = {}
        for tag in ("signed", "other"):
            with replica(tmp_path / tag, registry, images, place) as webhook:
                assert webhook.post(review(pod(f"{name}@{images.digests[tag]}")))["allowed"]
            (keys[tag],) = set(client(place).keys("verify:evidence:*")) - set(keys.values())
        tags = {tag: digest for tag, digest in images.contents.tags.items() if not tag.endswith(".sig")}
        registry.contents = type(images.contents)(images.contents.blobs, images.contents.manifests, tags)
        other = review(pod(f"{name}@{images.digests['other']}"))
        # Its own evidence lies in Redis alone by now, and still counts: its signature is good.
        with replica(tmp_path / "before", registry, images, place) as webhook:
            assert webhook.post(other)["allowed"]
        client(place).copy(keys["signed"], keys["other"], replace=True)
        with replica(tmp_path / "after", registry, images, place) as webhook:
            assert not webhook.post(other)["allowed"]


def test_signatures_are_verified_again_with_the_replicas_own_trust_root(
    tmp_path: Path, images: Images, place: str
) -> None:
    with RegistryServer(images.contents, REPOSITORY) as registry:
        asked = review(pod(f"{registry.address}/{REPOSITORY}@{images.digests['signed']}"))
        with replica(tmp_path / "a", registry, images, place) as first:
            assert first.post(asked)["allowed"]
        stranger = replace(images, trusted_root=SigstoreInstance("stranger").trusted_root())
        with replica(tmp_path / "b", registry, stranger, place) as second:
            assert not second.post(asked)["allowed"]


@pytest.mark.parametrize("damage", ["nothing", "no JSON", "other files", "other bytes", "too much", "a list"])
def test_what_is_damaged_is_fetched_anew(tmp_path: Path, images: Images, place: str, damage: str) -> None:
    with RegistryServer(images.contents, REPOSITORY) as registry:
        asked = review(pod(f"{registry.address}/{REPOSITORY}@{images.digests['signed']}"))
        with replica(tmp_path / "a", registry, images, place) as first:
            assert first.post(asked)["allowed"]
        (key,) = client(place).keys("verify:evidence:*")
        files = json.loads(client(place).get(key))
        match damage:
            case "nothing":
                value = b""
            case "no JSON":
                value = b"\x80\x04N."
            case "other files":
                value = json.dumps({**files, "../../etc/passwd": "eA=="}).encode()
            case "other bytes":
                blob = next(name for name in files if name.startswith("blobs/"))
                value = json.dumps({**files, blob: base64.b64encode(b"{}").decode()}).encode()
            case "too much":
                value = b" " * (70 * 1024 * 1024)
            case _:
                value = json.dumps(list(files)).encode()
        client(place).set(key, value)
        seen = len(registry.requests)
        with replica(tmp_path / "b", registry, images, place) as second:
            assert second.post(asked)["allowed"]
        assert len(registry.requests) > seen


def test_evidence_that_was_taken_away_is_no_reason_to_refuse(
    tmp_path: Path, images: Images, place: str
) -> None:
    with RegistryServer(images.contents, REPOSITORY) as registry:
        asked = review(pod(f"{registry.address}/{REPOSITORY}@{images.digests['signed']}"))
        with replica(tmp_path / "a", registry, images, place) as first:
            assert first.post(asked)["allowed"]
        (key,) = client(place).keys("verify:evidence:*")
        files = json.loads(client(place).get(key))
        index = json.loads(base64.b64decode(files["index.json"]))
        index["manifests"] = [
            entry
            for entry in index["manifests"]
            if not str(entry.get("annotations", {}).get("org.opencontainers.image.ref.name", "")).endswith(
                ".sig"
            )
        ]
        files["index.json"] = base64.b64encode(json.dumps(index).encode()).decode()
        client(place).set(key, json.dumps(files))
        with replica(tmp_path / "b", registry, images, place) as second:
            assert second.post(asked)["allowed"]


def test_without_redis_each_fetches_its_own(tmp_path: Path, images: Images) -> None:
    with RegistryServer(images.contents, REPOSITORY) as registry:
        asked = review(pod(f"{registry.address}/{REPOSITORY}@{images.digests['signed']}"))
        with replica(tmp_path / "a", registry, images, f"127.0.0.1:{free_port()}") as webhook:
            assert webhook.post(asked)["allowed"]
            assert any("shared evidence cannot be used" in entry["message"] for entry in webhook.entries)


def test_nothing_that_was_unreadable_is_shared(tmp_path: Path, images: Images, place: str) -> None:
    with RegistryServer(images.contents, REPOSITORY, faults=[Fault("referrers/", 403)]) as registry:
        asked = review(pod(f"{registry.address}/{REPOSITORY}@{images.digests['signed']}"))
        with replica(tmp_path / "a", registry, images, place) as first:
            assert first.post(asked)["allowed"]
        assert client(place).keys("verify:evidence:*") == []


REVIEW = "https://example.com/review/v1"
SELECTING = (
    POLICY
    + """\
  - attestation:
      type: https://example.com/review/v1
      select: SELECT
      schema: {{required: [approved], properties: {{approved: {{const: true}}}}}}
"""
)


def reviewed(*approvals: bool) -> Images:
    """The signed image, and reviews of it."""
    sigstore, layout = SigstoreInstance("reviewed"), Layout()
    image = layout.image("linux/amd64", config={"config": {"User": "65532"}})
    layout.tag("signed", image)
    layout.signatures(image, [sigstore.legacy_signature(image.digest)])
    statements = [sigstore.statement(image.digest, REVIEW, {"approved": approved}) for approved in approvals]
    layout.attestations(
        image, [sigstore.legacy_attestation(statement, predicate_type=REVIEW) for statement in statements]
    )
    return Images(layout.contents(), {"signed": image.digest}, sigstore.trusted_root())


@pytest.mark.parametrize(("select", "passes_from_redis"), [("all", False), ("latest", False), ("any", True)])
@pytest.mark.parametrize("withdrawn", [True, False])
def test_what_another_left_out_is_no_pass(
    tmp_path: Path, place: str, select: str, passes_from_redis: bool, withdrawn: bool
) -> None:
    """Whoever writes into Redis shows the approval alone, and the registry has its withdrawal as well."""
    before, after = reviewed(True), reviewed(True, False)
    with RegistryServer(before.contents, REPOSITORY) as registry:
        asked = review(pod(f"{registry.address}/{REPOSITORY}@{before.digests['signed']}"))

        def answer(name: str, images: Images) -> bool:
            text = SELECTING.replace("SELECT", select)
            with replica(tmp_path / name, registry, images, place, policy=text) as webhook:
                return bool(webhook.post(asked)["allowed"])

        assert answer("a", before)
        if withdrawn:
            registry.contents = after.contents
        seen = len(registry.requests)
        assert answer("b", before) is (not withdrawn or passes_from_redis)
        asked_again = registry.paths()[seen:]
        assert bool(asked_again) is not passes_from_redis
        # What is known by its digest is not fetched again.
        if not withdrawn:
            assert not [path for path in asked_again if path.startswith("blobs/")]
