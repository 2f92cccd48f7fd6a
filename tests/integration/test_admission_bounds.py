"""Attacks on the memory and the patience of the webhook, in their short form, against the command itself."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.registry_server import RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import IN_TOTO, Layout
from tests.unit.deploy.test_memory import FETCHED_BYTES, VERIFIED_BYTES
from tests.webhook_process import WebhookProcess
from tests.webhook_server import POLICY, REPOSITORY, pod, review, signed_and_unsigned
from verifier.limits import ADMISSION_IMAGES_MEMORY, MIB, REVIEWS_OF_SOURCE_BYTES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by /proc")


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[tuple[WebhookProcess, str]]:
    images = signed_and_unsigned()
    with RegistryServer(images.contents, REPOSITORY) as registry:
        with WebhookProcess(tmp_path, registry.address, images.trusted_root) as webhook:
            yield webhook, f"{registry.address}/{REPOSITORY}"


def padded(image: str, padding: str, mebibytes: float) -> bytes:
    """A review of a pod with a list of ``padding`` beside its containers."""
    count = int(mebibytes * MIB / (len(padding) + 1))
    raw = json.dumps(review(pod(image))).encode()
    return raw.replace(b'"spec": {', b'"spec": {"x": [' + f"{padding},".encode() * count + b"0], ", 1)


@pytest.mark.parametrize("padding", ["{}", "0", '{"a":0}', "[[]]", '""'])
def test_reviews_of_many_small_values_take_little_memory(
    webhook: tuple[WebhookProcess, str], padding: str
) -> None:
    process, name = webhook
    before = process.peak
    raw = padded(f"{name}:signed", padding, 6.9)

    def ask(_: int) -> int:
        try:
            return process.ask("/validate", raw)[0]
        except (OSError, http.client.HTTPException):
            return 503  # it was said, and the rest not read

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(ask, range(6)))
    # No review with a uid to answer, or no room: the API server lets nothing in by either.
    assert set(statuses) <= {400, 503}
    assert process.peak - before < 64 * MIB, process.peak_mebibytes
    assert process.post(review(pod(f"{name}:signed")))["allowed"]


def test_a_review_of_as_many_values_as_are_read_is_answered(webhook: tuple[WebhookProcess, str]) -> None:
    """The twin: large objects of honest people."""
    process, name = webhook
    before = process.peak
    for padding in ('{"a":0}', '"' + "x" * 100 + '"'):
        status, body = process.ask("/validate", padded(f"{name}:signed", padding, 0.5))
        assert status == 200
        assert json.loads(body)["response"]["allowed"]
    assert process.peak - before < 150 * MIB, process.peak_mebibytes


def connection(process: WebhookProcess, source: str) -> ssl.SSLSocket:
    """A connection from the address ``source``."""
    plain = socket.create_connection(
        (process.host, int(process.port)), timeout=30, source_address=(source, 0)
    )
    return process.context().wrap_socket(plain, server_hostname=process.host)


def half_sent(process: WebhookProcess, size: int) -> ssl.SSLSocket:
    """A request that has sent ``size`` bytes of a body that goes on."""
    begun = connection(process, "127.0.0.1")
    try:
        begun.sendall(
            b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 7000000\r\n\r\n" + b" " * size
        )
    except OSError:
        begun.close()
        raise
    return begun


def test_bodies_that_do_not_end_shut_nobody_else_out(webhook: tuple[WebhookProcess, str]) -> None:
    process, name = webhook
    size = 6 * MIB
    count = REVIEWS_OF_SOURCE_BYTES // size
    with ExitStack() as stack:
        waiting = [stack.enter_context(half_sent(process, size)) for _ in range(count)]
        with pytest.raises(OSError, match=r"EOF|reset|Broken"):
            stack.enter_context(half_sent(process, size)).sendall(b" " * size)
        # The API server is at another address than whoever does this.
        asking = http.client.HTTPConnection(process.host)
        asking.sock = stack.enter_context(connection(process, "127.0.0.2"))
        body = json.dumps(review(pod(f"{name}:signed")))
        asking.request("POST", "/validate", body, {"Content-Type": "application/json"})
        answer = asking.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["response"]["allowed"]
        # And they are told to go when a body has to be here.
        assert {each.recv(100).split()[1] for each in waiting} == {b"408"}


@dataclass(frozen=True, slots=True)
class Attached:
    """A registry with images that have this evidence, one after the other, under ``image0`` and so on."""

    layout: Layout
    sigstore: SigstoreInstance

    @classmethod
    def to_each(cls, *evidence: Sequence[bytes]) -> Self:
        """Attach each of these bundles to an image of its own, signed as the policy wants."""
        layout, sigstore = Layout(), SigstoreInstance()
        for number, bundles in enumerate(evidence):
            image = layout.image("linux/amd64", config={"config": {"Labels": {"n": str(number)}}})
            layout.tag(f"image{number}", image)
            layout.signatures(image, [sigstore.legacy_signature(image.digest)])
            for bundle in bundles:
                layout.referrer(image, bundle)
        return cls(layout, sigstore)


@contextmanager
def judging(folder: Path, attached: Attached, **more: str) -> Iterator[tuple[WebhookProcess, str]]:
    with RegistryServer(attached.layout.contents(), REPOSITORY, referrers=True) as registry:
        root = attached.sigstore.trusted_root()
        with WebhookProcess(folder, registry.address, root, **more) as webhook:  # type: ignore[arg-type]
            yield webhook, f"{registry.address}/{REPOSITORY}"


def hostile(kind: str, size: int, number: int = 0) -> bytes:
    """A bundle of ``size`` bytes that nobody signed, in which everything small takes much memory."""
    if kind == "values":
        return b'{"a":[' + b"{}," * (size // 3) + f"{number}]}}".encode()
    payload = "A" * (size // 4 * 4) + ("😀" if kind == "wide" else "")
    envelope = {"payload": payload, "payloadType": IN_TOTO, "signatures": [{"sig": "AAAA"}], "n": number}
    material = {"certificate": {"rawBytes": "AAAA"}}
    return json.dumps(
        {"dsseEnvelope": envelope, "verificationMaterial": material}, ensure_ascii=False
    ).encode()


@pytest.mark.parametrize("kind", ["values", "wide", "plain"])
def test_one_large_blob_takes_no_memory(tmp_path: Path, kind: str) -> None:
    attached = Attached.to_each([hostile(kind, 40 * MIB)])
    with judging(tmp_path, attached) as (process, name):
        before = process.peak
        answer = process.post(review(pod(f"{name}:image0")))
        # What somebody added to a signed image does no harm where no rule could have been refused by it.
        assert answer["allowed"]
        assert any("LimitExceeded" in text or "could not look" in text for text in answer["warnings"])
        assert process.peak - before < 40 * MIB, process.peak_mebibytes


@pytest.mark.parametrize("kind", ["values", "wide", "plain"])
def test_many_images_with_much_evidence_take_what_their_bounds_say(tmp_path: Path, kind: str) -> None:
    size = 4 * MIB - 4096
    attached = Attached.to_each(*([hostile(kind, size, n), hostile(kind, size, n + 8)] for n in range(8)))
    with judging(tmp_path, attached, configuration="evidence-mebibytes: 8\n") as (process, name):
        before = process.peak
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(process.post, [review(pod(f"{name}:image{number}")) for number in range(8)])
            )
        evidence = 8 * MIB
        bound = evidence * ADMISSION_IMAGES_MEMORY * FETCHED_BYTES + evidence // 2 * VERIFIED_BYTES
        # What an allocator keeps beside it differs with the order in which threads run.
        assert process.peak - before < bound + 64 * MIB, process.peak_mebibytes
        # Let in, or told to try again.
        assert {answer.get("status", {}).get("code", 200) for answer in answers} <= {200, 503, 504}


def spdx(packages: int) -> dict[str, object]:
    """An SBOM as syft writes them, some 500 bytes a package."""
    listed = [
        {
            "SPDXID": f"SPDXRef-Package-npm-module-{number}-{number:016x}",
            "name": f"module-{number}",
            "versionInfo": f"1.{number % 40}.{number % 7}",
            "supplier": "NOASSERTION",
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "MIT",
            "copyrightText": "NOASSERTION",
            "externalRefs": [
                {
                    "referenceCategory": "PACKAGE-MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": f"pkg:npm/module-{number}@1.{number % 40}.{number % 7}",
                }
            ],
        }
        for number in range(packages)
    ]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "image",
        "documentNamespace": "https://example.com/image",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: test"]},
        "packages": listed,
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": package["SPDXID"],
            }
            for package in listed
        ],
    }


def test_an_honest_sbom_of_ten_thousand_packages_is_read(tmp_path: Path) -> None:
    """The twin: large images have such, and the bounds are there for others."""
    layout, sigstore = Layout(), SigstoreInstance()
    image = layout.image("linux/amd64")
    layout.tag("image0", image)
    statement = sigstore.statement(image.digest, "https://spdx.dev/Document", spdx(10_000))
    layout.signatures(image, [sigstore.legacy_signature(image.digest)])
    layout.attestations(image, [sigstore.legacy_attestation(statement)])
    policy = f"{POLICY}  - packages: {{{{deny: [{{{{name: module-10000}}}}]}}}}\n"
    with judging(tmp_path, Attached(layout, sigstore), policy=policy) as (process, name):
        answer = process.post(review(pod(f"{name}:image0")))
        assert answer["allowed"], answer
        assert "warnings" not in answer, answer
        assert process.peak_mebibytes < 400
