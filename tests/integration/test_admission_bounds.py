"""Attacks on the memory and the patience of the webhook, in their short form, against the command itself."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.registry_server import RegistryServer
from tests.webhook_process import WebhookProcess
from tests.webhook_server import REPOSITORY, pod, review, signed_and_unsigned
from verifier.limits import MIB, REVIEWS_OF_SOURCE_BYTES

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
