"""The webhook alive: a registry, a private Sigstore, reviews over TLS."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.registry_server import Fault, RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.webhook_server import (
    POLICY,
    REPOSITORY,
    Images,
    WebhookServer,
    new_certificate,
    pod,
    review,
    signed_and_unsigned,
)
from verifier.limits import MIB


@pytest.fixture(scope="module")
def images() -> Images:
    return signed_and_unsigned()


@contextmanager
def running(
    folder: Path, images: Images, *, configuration: str = "", faults: tuple[Fault, ...] = ()
) -> Iterator[tuple[WebhookServer, RegistryServer, str]]:
    """The webhook, its registry, and the name of the repository."""
    with RegistryServer(images.contents, REPOSITORY, faults=faults) as registry:
        with WebhookServer(folder, registry, images, configuration=configuration) as webhook:
            yield webhook, registry, f"{registry.address}/{REPOSITORY}"


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until ``holds``; the test's own time limit ends what never does."""
    while not holds():
        time.sleep(0.02)


def deployment(image: str, replicas: int = 3) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    }


def test_the_life_of_a_workload(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        signed, unsigned = f"{name}:signed", f"{name}:unsigned"
        assert webhook.post(review(deployment(signed)))["allowed"]
        assert not webhook.post(review(deployment(unsigned)))["allowed"]
        update = review(deployment(f"{name}:other"), "UPDATE", oldObject=deployment(signed))
        assert webhook.post(update)["allowed"]
        scale = review(deployment(signed, 1), "UPDATE", oldObject=deployment(signed, 3))
        assert webhook.post(scale)["allowed"]
        hidden = review(deployment(unsigned, 1), "UPDATE", oldObject=deployment(signed, 3))
        assert not webhook.post(hidden)["allowed"]
        assert webhook.post(review(None, "DELETE", oldObject=deployment(unsigned)))["allowed"]
        debug = pod(signed, ephemeralContainers=[{"name": "debug", "image": unsigned}])
        ephemeral = review(debug, "UPDATE", oldObject=pod(signed), subResource="ephemeralcontainers")
        assert not webhook.post(ephemeral)["allowed"]
        debug["spec"]["ephemeralContainers"][0]["image"] = f"{name}:other"
        assert webhook.post(ephemeral)["allowed"]
        assert webhook.post(review(deployment(signed), dryRun=True))["allowed"]
        assert not webhook.post(review(deployment(unsigned), dryRun=True))["allowed"]


def test_a_signed_image_is_admitted_and_pinned_to_what_was_verified(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        response = webhook.post(review(pod(f"{name}:signed")), "/mutate")
        assert response["allowed"]
        patch = json.loads(base64.b64decode(response["patch"]))
        assert patch == [
            {"op": "test", "path": "/spec/containers/0/image", "value": f"{name}:signed"},
            {
                "op": "replace",
                "path": "/spec/containers/0/image",
                "value": f"{name}:signed@{images.digests['signed']}",
            },
        ]
        assert webhook.post(review(pod(patch[1]["value"])))["allowed"]


def test_an_unsigned_image_is_refused_in_words_that_a_developer_understands(
    tmp_path: Path, images: Images
) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        response = webhook.post(review(pod(f"{name}:unsigned")))
        assert response["status"]["code"] == 403
        lines = response["status"]["message"].split("\n")
        assert lines[0] == "Pod default/web: the image may not run"
        assert lines[1] == f"- spec.containers[0].image: {name}:unsigned"
        assert lines[2] == f"  unverified {name}@{images.digests['unsigned']}"
        assert lines[3] == "  no image signature was found [SignatureError, policy app, rule signature]"
        assert lines[4].startswith("  hint: was the image signed")
        assert lines[-1] == f"decision {response['auditAnnotations']['decision-id']}"


def test_the_audit_log_is_told_what_the_decision_rests_on(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        audit = webhook.post(review(pod(f"{name}:signed")))["auditAnnotations"]
        assert audit["verdict"] == "pass"
        assert audit["images"] == f"{name}:signed={images.digests['signed']}"
        assert audit["evidence"].startswith("sha256:")
        assert audit["policy-hash"].startswith("sha256:")
        (entry,) = [entry for entry in webhook.entries if entry["message"] == "review"]
        assert entry["decision"] == audit["decision-id"]
        assert entry["outcome"] == "allowed"
        assert entry["user"] == "dev@example.com"


def test_a_tag_that_moved_is_seen_at_once(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, registry, name):
        assert webhook.post(review(pod(f"{name}:signed")))["allowed"]
        tags = {**images.contents.tags, "signed": images.digests["unsigned"]}
        registry.contents = type(images.contents)(images.contents.blobs, images.contents.manifests, tags)
        assert not webhook.post(review(pod(f"{name}:signed")))["allowed"]


def test_the_same_digest_is_verified_once_and_then_from_memory(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, registry, name):
        pinned = review(pod(f"{name}@{images.digests['signed']}"))
        assert webhook.post(pinned)["allowed"]
        asked = len(registry.requests)
        assert webhook.post(pinned)["allowed"]
        assert len(registry.requests) == asked
        assert webhook.post(review(pod(f"{name}:signed")))["allowed"]
        assert registry.paths()[asked:] == ["manifests/signed"]


def test_two_hundred_reviews_at_once_are_one_verification(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        asked = json.dumps(review(pod(f"{name}@{images.digests['signed']}"))).encode()
        with ThreadPoolExecutor(50) as clients:
            answers = list(clients.map(lambda _: webhook.ask("/validate", asked), range(200)))
        assert {status for status, _ in answers} == {200}
        assert all(json.loads(body)["response"]["allowed"] for _, body in answers)
        assert 'verify_verifications_total{result="done"} 1.0' in webhook.get("/metrics")[1]


# --- what goes wrong ---


def test_with_the_registry_down_nothing_new_is_let_in(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, registry, name):
        pinned = f"{name}@{images.digests['signed']}"
        assert webhook.post(review(pod(pinned)))["allowed"]
        registry.faults.append(Fault(".*", 403))
        assert webhook.post(review(pod(pinned)))["allowed"]
        refused = webhook.post(review(pod(f"{name}@{images.digests['other']}")))
        assert (refused["allowed"], refused["status"]["code"]) == (False, 503)
        assert "status 403" in refused["status"]["message"]
        registry.faults.clear()
        assert webhook.post(review(pod(f"{name}@{images.digests['other']}")))["allowed"]
        assert webhook.get("/healthz") == (200, "ok\n")


def test_a_registry_that_is_too_slow_is_named_and_the_next_try_finds_the_work_done(
    tmp_path: Path, images: Images
) -> None:
    answering = threading.Event()

    def held() -> Iterator[bytes]:
        answering.wait()
        yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    slow = Fault(r"referrers/", pieces=held)
    settings = "timeouts: {review-seconds: 0.5}\n"
    try:
        with running(tmp_path, images, configuration=settings, faults=(slow,)) as (webhook, registry, name):
            asked = review(pod(f"{name}@{images.digests['signed']}"))
            refused = webhook.post(asked)
            assert (refused["allowed"], refused["status"]["code"]) == (False, 504)
            assert f"spec.containers[0].image: {name}@" in refused["status"]["message"]
            assert "not finished in time" in refused["status"]["message"]
            assert webhook.get("/healthz")[0] == 200
            answering.set()
            eventually(lambda: webhook.post(asked)["allowed"])
            assert registry.paths().count(f"manifests/{images.digests['signed']}") == 1
    finally:
        answering.set()


@pytest.mark.parametrize("timeout", ["1s", "2s"])
def test_the_answer_comes_before_the_api_server_stops_to_wait(
    tmp_path: Path, images: Images, timeout: str
) -> None:
    answering = threading.Event()

    def held() -> Iterator[bytes]:
        answering.wait()
        yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    try:
        with running(tmp_path, images, faults=(Fault(r"referrers/", pieces=held),)) as (webhook, _, name):
            asked = json.dumps(review(pod(f"{name}:signed"))).encode()
            connection = webhook.connect(timeout=int(timeout[:-1]))
            connection.request("POST", f"/validate?timeout={timeout}", asked, GOOD_TYPE)
            response = json.loads(connection.getresponse().read())["response"]
            connection.close()
            assert response["status"]["code"] == 504
            answering.set()
    finally:
        answering.set()


def test_other_registries_are_not_asked_where_the_configuration_lists_some(
    tmp_path: Path, images: Images
) -> None:
    with RegistryServer(images.contents, REPOSITORY) as other:
        with running(tmp_path, images, configuration="registries: {allowed: [ghcr.io]}\n", faults=()) as (
            webhook,
            registry,
            name,
        ):
            refused = webhook.post(review(pod(f"{name}:signed")))
            assert not refused["allowed"]
            assert "are not let in" in refused["status"]["message"]
            assert registry.connections == other.connections == 0


def test_addresses_inside_the_network_are_not_connected_to(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images, configuration="registries: {private: [registry.example]}\n") as (
        webhook,
        registry,
        name,
    ):
        refused = webhook.post(review(pod(f"{name}:signed")))
        assert not refused["allowed"]
        assert "inside a network" in refused["status"]["message"]
        assert "--" not in refused["status"]["message"]
        assert registry.connections == 0


# --- what changes while it serves ---

QUICK = "timeouts: {reload-seconds: 0.1}\n"


def test_a_broken_policy_keeps_the_old_one_and_says_so(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images, configuration=QUICK) as (webhook, registry, name):
        signed = review(pod(f"{name}:signed"))
        before = webhook.post(signed)
        assert before["allowed"]
        assert json.loads(webhook.get("/readyz")[1]) == {"ready": True, "problems": {}}
        second = webhook.policies / "second.yaml"
        second.write_text("version: 1\nname: second\nimages: ['**']\n")
        eventually(lambda: bool(json.loads(webhook.get("/readyz")[1])["problems"]))
        status, body = webhook.get("/readyz")
        assert status == 200
        assert "second.yaml" in json.loads(body)["problems"]["policies"]
        assert 'verify_loaded{what="policies"} 0.0' in webhook.get("/metrics")[1]
        assert any("the old one stays" in entry["message"] for entry in webhook.entries)
        still = webhook.post(signed)
        assert still["allowed"]
        assert still["auditAnnotations"]["policy-hash"] == before["auditAnnotations"]["policy-hash"]
        second.write_text(
            POLICY.format(name="second", address=registry.address).replace("release.yaml", "other.yaml")
        )
        eventually(lambda: not webhook.post(signed)["allowed"])
        assert json.loads(webhook.get("/readyz")[1]) == {"ready": True, "problems": {}}
        assert 'verify_loaded{what="policies"} 1.0' in webhook.get("/metrics")[1]


def test_a_policy_that_changes_counts_for_evidence_that_is_known(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images, configuration=QUICK) as (webhook, registry, name):
        pinned = review(pod(f"{name}@{images.digests['signed']}"))
        assert webhook.post(pinned)["allowed"]
        (webhook.policies / "app.yaml").write_text(
            POLICY.format(name="app", address=registry.address) + "  - attestation: {type: spdx}\n"
        )
        eventually(lambda: not webhook.post(pinned)["allowed"])


def test_the_certificate_is_rotated_under_load(tmp_path: Path, images: Images) -> None:
    def serial(webhook: WebhookServer) -> bytes:
        context = ssl.create_default_context()
        webhook.authority.configure_trust(context)
        host, _, port = webhook.server.address.partition(":")
        with socket.create_connection((host, int(port))) as plain:
            with context.wrap_socket(plain, server_hostname=host) as secure:
                return secure.getpeercert(binary_form=True) or b""

    with running(tmp_path, images, configuration=QUICK) as (webhook, _, name):
        asked = json.dumps(review(pod(f"{name}@{images.digests['signed']}"))).encode()
        rotated, failures = threading.Event(), list[object]()

        def load() -> int:
            count = 0
            while not rotated.is_set():
                status, body = webhook.ask("/validate", asked)
                if status != 200 or not json.loads(body)["response"]["allowed"]:
                    failures.append(body)
                count += 1
            return count

        first = serial(webhook)
        with ThreadPoolExecutor(8) as clients, contextlib.ExitStack() as end:
            end.callback(rotated.set)
            running_loads = [clients.submit(load) for _ in range(8)]
            # A key that is swapped before its certificate fits nothing: the old pair goes on serving.
            old_key = (tmp_path / "tls.key").read_bytes()
            other = tmp_path / "other"
            other.mkdir()
            _, new_key = new_certificate(other, webhook.authority)
            (tmp_path / "tls.key").write_bytes(new_key.read_bytes())
            eventually(lambda: "certificate" in json.loads(webhook.get("/readyz")[1])["problems"])
            assert serial(webhook) == first
            (tmp_path / "tls.crt").write_bytes((other / "tls.crt").read_bytes())
            eventually(lambda: serial(webhook) != first)
            rotated.set()
            assert sum(load.result() for load in running_loads) > 0
        assert failures == []
        assert old_key != new_key.read_bytes()
        eventually(lambda: json.loads(webhook.get("/readyz")[1])["problems"] == {})


def test_reviews_under_way_are_finished_at_the_end(tmp_path: Path, images: Images) -> None:
    answering, asked = threading.Event(), threading.Event()

    def held() -> Iterator[bytes]:
        asked.set()
        answering.wait()
        yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    with running(tmp_path, images, faults=(Fault(r"referrers/", pieces=held),)) as (webhook, _, name):
        with ThreadPoolExecutor(1) as client:
            answer = client.submit(webhook.post, review(pod(f"{name}:signed")))
            asked.wait()
            webhook.server.stop()
            answering.set()
            assert answer.result()["allowed"]


# --- what is sent ---

JSON_HEAD = "Content-Type: application/json\r\n"
GOOD_TYPE = {"Content-Type": "application/json"}


def corpus(name: str) -> list[tuple[str, str, bytes | None, dict[str, str], set[int]]]:
    """What a review is not: method, path, body, headers, and the statuses that will do."""
    good = review(pod(f"{name}:signed"))
    raw = json.dumps(good).encode()

    def changed(**fields: Any) -> bytes:
        return json.dumps({**good, "request": {**good["request"], **fields}}).encode()

    return [
        ("GET", "/validate", None, {}, {405}),
        ("PUT", "/validate", raw, GOOD_TYPE, {405}),
        ("POST", "/", raw, GOOD_TYPE, {404}),
        ("POST", "/validate", raw, {"Content-Type": "text/plain"}, {415}),
        ("POST", "/validate", raw, {}, {415}),
        ("POST", "/validate", b"", GOOD_TYPE, {400}),
        ("POST", "/validate", b"{", GOOD_TYPE, {400}),
        ("POST", "/validate", b"null", GOOD_TYPE, {400}),
        ("POST", "/validate", b"[" * 1_000_000, GOOD_TYPE, {400}),
        ("POST", "/validate", raw[:-1], GOOD_TYPE, {400}),
        ("POST", "/validate", raw + raw, GOOD_TYPE, {400}),
        ("POST", "/validate", raw.replace(b'"image"', b'"image": "x", "image"'), GOOD_TYPE, {400}),
        ("POST", "/validate", json.dumps({**good, "request": None}).encode(), GOOD_TYPE, {400}),
        ("POST", "/validate", changed(uid=None), GOOD_TYPE, {400}),
        ("POST", "/validate", json.dumps({**good, "apiVersion": "v9"}).encode(), GOOD_TYPE, {200}),
        ("POST", "/validate", changed(object=None), GOOD_TYPE, {200}),
        ("POST", "/validate", changed(object=[]), GOOD_TYPE, {200}),
        ("POST", "/validate", changed(kind={"version": "v1", "kind": "Node"}), GOOD_TYPE, {200}),
        ("POST", "/validate", json.dumps(review(pod(""))).encode(), GOOD_TYPE, {200}),
        ("POST", "/validate", json.dumps(review(pod(7))).encode(), GOOD_TYPE, {200}),  # type: ignore[arg-type]
        ("POST", "/validate", json.dumps(review(pod("a" * 5000))).encode(), GOOD_TYPE, {200}),
        ("POST", "/validate", json.dumps(review(pod("a" * 40 + "!"))).encode(), GOOD_TYPE, {200}),
        ("POST", "/validate", json.dumps(review(pod("oci:/etc"))).encode(), GOOD_TYPE, {200}),
        ("POST", "/validate", json.dumps(review(pod(f"{name}:gone"))).encode(), GOOD_TYPE, {200}),
        ("POST", "/validate", json.dumps(review(pod(f"{name}:a\ud800"))).encode(), GOOD_TYPE, {200}),
        ("POST", "/validate", b" " * (8 * MIB), GOOD_TYPE, {413}),
    ]


def test_nothing_that_is_sent_is_let_in_or_ends_the_service(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        good = review(pod(f"{name}:signed"))
        for method, path, body, headers, statuses in corpus(name):
            try:
                status, answer = webhook.ask(path, body, method=method, headers=headers or {"X": "y"})
            except OSError:
                # Of a body that is too large the rest is not read.
                status, answer = 413, b""
            assert status in statuses, (method, path, (body or b"")[:80], answer)
            if status == 200:
                response = json.loads(answer)["response"]
                assert response["uid"] == good["request"]["uid"]
                assert response["allowed"] is False
            assert webhook.post(good)["allowed"]


def test_a_large_review_is_answered(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        for tag, allowed in (("signed", True), ("unsigned", False)):
            large = pod(f"{name}:{tag}")
            large["metadata"]["annotations"] = {f"a/{n}": "x" * 1000 for n in range(3000)}
            assert webhook.post(review(large, "UPDATE", oldObject=large))["allowed"] is allowed


def test_the_trust_root_changes_whatever_the_policies_are(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images, configuration=QUICK) as (webhook, _, name):
        signed = review(pod(f"{name}:signed"))
        assert webhook.post(signed)["allowed"]
        (webhook.policies / "second.yaml").write_text("version: 1\n")
        (tmp_path / "root.json").write_bytes(SigstoreInstance("stranger").trusted_root())
        eventually(lambda: not webhook.post(signed)["allowed"])
        assert list(json.loads(webhook.get("/readyz")[1])["problems"]) == ["policies"]
        (tmp_path / "root.json").write_bytes(b"{}")
        eventually(lambda: "trust-root" in json.loads(webhook.get("/readyz")[1])["problems"])
        (webhook.policies / "second.yaml").unlink()
        (tmp_path / "root.json").write_bytes(images.trusted_root)
        eventually(lambda: json.loads(webhook.get("/readyz")[1])["problems"] == {})
        assert webhook.post(signed)["allowed"]


def broken(trusted_root: bytes, kind: str) -> bytes:
    """The same with one certificate, or one key, that cannot be read."""
    document = json.loads(trusted_root)
    entry = document[kind][-1]
    holder = entry["certChain"]["certificates"][-1] if "certChain" in entry else entry["publicKey"]
    raw = bytearray(base64.b64decode(holder["rawBytes"]))
    raw[1] ^= 1  # the length of all that follows
    holder["rawBytes"] = base64.b64encode(raw).decode()
    return json.dumps(document).encode()


def test_a_trust_root_with_one_broken_part_is_not_taken_into_use(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images, configuration=QUICK) as (webhook, _, name):
        signed = review(pod(f"{name}:signed"))
        for kind in ("certificateAuthorities", "timestampAuthorities", "tlogs", "ctlogs"):
            (tmp_path / "root.json").write_bytes(broken(images.trusted_root, kind))

            def is_told(kind: str = kind) -> bool:
                problems = json.loads(webhook.get("/readyz")[1])["problems"]
                return f"{kind}[" in problems.get("trust-root", "")

            eventually(is_told)
            assert webhook.get("/readyz")[0] == 200
            assert webhook.post(signed)["allowed"]
        (tmp_path / "root.json").write_bytes(images.trusted_root)
        eventually(lambda: json.loads(webhook.get("/readyz")[1])["problems"] == {})


def test_a_body_without_an_end_is_cut_off(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        connection = webhook.connect()
        connection.putrequest("POST", "/validate")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        sent = 0
        try:
            for _ in range(64):
                connection.send(piece)
                sent += 1
            refused = connection.getresponse().status == 413
        except OSError:
            refused = True
        connection.close()
        assert refused
        assert sent < 64
        assert webhook.post(review(pod(f"{name}:signed")))["allowed"]


def test_a_body_that_is_announced_as_too_large_is_not_waited_for(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, _name):
        connection = webhook.connect()
        connection.putrequest("POST", "/validate")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(100 * MIB))
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()


def test_old_clients_are_answered(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, name):
        body = json.dumps(review(pod(f"{name}:signed"))).encode()
        context = ssl.create_default_context()
        webhook.authority.configure_trust(context)
        host, _, port = webhook.server.address.partition(":")
        with socket.create_connection((host, int(port))) as plain:
            with context.wrap_socket(plain, server_hostname=host) as secure:
                head = f"POST /validate HTTP/1.0\r\n{JSON_HEAD}Content-Length: {len(body)}\r\n\r\n"
                secure.sendall(head.encode() + body)
                answer = secure.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["response"]["allowed"]


def test_plain_http_is_not_spoken(tmp_path: Path, images: Images) -> None:
    with running(tmp_path, images) as (webhook, _, _name):
        host, _, port = webhook.server.address.partition(":")
        with socket.create_connection((host, int(port))) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200" not in plain.recv(1000)


def test_metrics_are_in_the_format_of_prometheus(tmp_path: Path, images: Images) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    with running(tmp_path, images) as (webhook, _, name):
        webhook.post(review(pod(f"{name}:signed")))
        webhook.post(review(pod(f"{name}:unsigned")), "/mutate")
        samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(webhook.get("/metrics")[1])
            for sample in family.samples
        }
    reviews = "verify_reviews_total"
    assert samples[reviews, (("endpoint", "validate"), ("outcome", "allowed"))] == 1
    assert samples[reviews, (("endpoint", "mutate"), ("outcome", "denied"))] == 1
    assert samples["verify_verifications_total", (("result", "done"),)] == 2
    assert samples["verify_cache", (("what", "images"),)] == 1
    assert samples["verify_certificate_end_timestamp_seconds", ()] > time.time()
