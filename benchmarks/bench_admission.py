"""The admission webhook: 200 reviews at once over TLS, of images new to it and of one that it knows."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

from benchmarks.timing import row
from tests.registry_server import RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import Contents, Layout
from tests.webhook_server import POLICY, REPOSITORY, new_certificate, pod, review

CONCURRENT = 200
ROUNDS = 10
STEADY = 100  # reviews a second, of a large cluster
_MEDIAN = re.compile(r'verify_review_seconds_bucket\{endpoint="validate",le="([^"]+)"\} (\S+)')


def signed_images(count: int) -> tuple[Contents, list[str], bytes]:
    """So many signed images of one repository, and the trust root that their signers are in."""
    sigstore, layout, digests = SigstoreInstance(), Layout(), []
    signer = sigstore.signer()
    for number in range(count):
        image = layout.image("linux/amd64", config={"config": {"Labels": {"number": str(number)}}})
        layout.tag(f"v{number}", image)
        layout.signatures(image, [sigstore.legacy_signature(image.digest, signer)])
        digests.append(image.digest)
    return layout.contents(), digests, sigstore.trusted_root()


@contextmanager
def serving(
    folder: Path, registry: RegistryServer, trusted_root: bytes
) -> Iterator[tuple[str, ssl.SSLContext]]:
    """The webhook in a process of its own, as it is run; its address, and a context that trusts it."""
    authority = trustme.CA()
    certificate, key = new_certificate(folder, authority)
    (folder / "policy.yaml").write_text(POLICY.format(name="app", address=registry.address))
    (folder / "root.json").write_bytes(trusted_root)
    (folder / "webhook.yaml").write_text(
        "version: 1\npolicies: [policy.yaml]\ntrusted-root: root.json\n"
        "timeouts: {review-seconds: 29}\n"
        f"registries: {{private: ['{registry.address}'], plain-http: ['{registry.address}']}}\n"
    )
    command = [sys.executable, "-m", "verifier", "admission", "serve", "--listen", "127.0.0.1:0"]
    command += [
        "--config",
        str(folder / "webhook.yaml"),
        "--tls-cert",
        str(certificate),
        "--tls-key",
        str(key),
    ]
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with (folder / "log").open("w+") as log, subprocess.Popen(command, stderr=log) as server:
        try:
            while not (found := re.search(r'"address": "([^"]+)"', (folder / "log").read_text())):
                if server.poll() is not None:
                    raise RuntimeError((folder / "log").read_text())
                time.sleep(0.05)
            yield found[1], context
        finally:
            server.terminate()


class Client:
    """One kept connection, as the API server has them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, body: bytes, *, method: str = "POST", path: str = "/validate") -> tuple[float, bytes]:
        """Seconds, and the body of the answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        start = time.perf_counter()
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer)
        got = await self._reader.readexactly(int(length[1]) if length else 0)
        return time.perf_counter() - start, got

    async def admitted(self, body: bytes) -> float:
        """Seconds until the answer, which must allow."""
        seconds, answer = await self.ask(body)
        if not json.loads(answer)["response"]["allowed"]:
            raise RuntimeError(answer)
        return seconds

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


async def connected(address: str, context: ssl.SSLContext) -> list[Client]:
    """As many connections as there are reviews at once."""
    host, _, port = address.partition(":")
    return [Client(*await asyncio.open_connection(host, int(port), ssl=context)) for _ in range(CONCURRENT)]


def show(name: str, times: Sequence[float]) -> None:
    """One line: the median and the 99th percentile, in milliseconds."""
    ordered = sorted(times)
    last = ordered[int(len(ordered) * 0.99) - 1]
    row(name, f"{statistics.median(times) * 1000:8.2f} ms median {last * 1000:8.2f} ms 99th percentile")


async def buckets(client: Client) -> dict[float, float]:
    """The histogram of the webhook's own times."""
    _, answer = await client.ask(b"", method="GET", path="/metrics")
    return {float(bound): float(count) for bound, count in _MEDIAN.findall(answer.decode())}


def middle(before: dict[float, float], after: dict[float, float]) -> str:
    """Below which bounds the webhook's own times are: of half of the reviews, and of 99 in 100."""
    counts = {bound: after[bound] - before.get(bound, 0.0) for bound in sorted(after)}
    whole = counts[float("inf")]
    half, most = (
        next(bound for bound, count in counts.items() if count >= whole * share) for share in (0.5, 0.99)
    )
    return f"   below {half * 1000:g} ms for half, below {most * 1000:g} ms for 99 of 100"


async def measure(address: str, context: ssl.SSLContext, bodies: Sequence[bytes]) -> None:
    """Cold, warm at once, warm at the pace of a large cluster."""
    clients = await connected(address, context)
    before = await buckets(clients[0])
    start = time.perf_counter()
    times = await asyncio.gather(*(c.admitted(b) for c, b in zip(clients, bodies, strict=True)))
    whole = time.perf_counter() - start
    show(f"{CONCURRENT} reviews at once of {CONCURRENT} images, cold", times)
    row("   all of them", f"{whole * 1000:8.0f} ms")
    warm, after_cold = list[float](), await buckets(clients[0])
    row("   decided by the webhook", middle(before, after_cold))
    for _ in range(ROUNDS):
        warm += await asyncio.gather(*(client.admitted(bodies[0]) for client in clients))
    show(f"{CONCURRENT} reviews at once of one image, warm, seen by the clients", warm)
    row("   decided by the webhook", middle(after_cold, await buckets(clients[0])))
    show(f"warm, {STEADY} reviews a second, seen by the clients", await steady(clients, bodies))
    for client in clients:
        client.close()


async def steady(clients: Sequence[Client], bodies: Sequence[bytes]) -> list[float]:
    """Reviews one after the other at a steady pace, whatever the answers take."""
    waiting = []
    for number, client in enumerate(clients):
        waiting.append(asyncio.create_task(client.admitted(bodies[number])))
        await asyncio.sleep(1 / STEADY)
    return list(await asyncio.gather(*waiting))


def main() -> None:
    """Print how long reviews take."""
    contents, digests, trusted_root = signed_images(CONCURRENT)
    with TemporaryDirectory() as folder, RegistryServer(contents, REPOSITORY) as registry:
        name = f"{registry.address}/{REPOSITORY}"
        bodies = [json.dumps(review(pod(f"{name}@{digest}"))).encode() for digest in digests]
        with serving(Path(folder), registry, trusted_root) as (address, context):
            asyncio.run(measure(address, context, bodies))


if __name__ == "__main__":
    main()
