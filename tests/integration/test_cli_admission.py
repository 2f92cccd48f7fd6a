"""``verify admission``: a review from standard input, and the webhook as a process."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.conftest import ROOT
from tests.interop.servers import free_port
from tests.registry_server import RegistryServer
from tests.webhook_server import (
    POLICY,
    REPOSITORY,
    Images,
    new_certificate,
    pod,
    review,
    signed_and_unsigned,
)


@pytest.fixture(scope="module")
def images() -> Images:
    return signed_and_unsigned()


@pytest.fixture
def registry(images: Images) -> Iterator[RegistryServer]:
    with RegistryServer(images.contents, REPOSITORY) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    response: Mapping[str, Any]
    err: str


def environment(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}


def answered(folder: Path, given: bytes, *options: str, env: Mapping[str, str] | None = None) -> Done:
    """Run ``verify admission review``; the answer must be one document."""
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "admission", "review", *options],
        check=False,
        input=given,
        capture_output=True,
        cwd=folder,
        env=environment(folder) | dict(env or {}),
    )
    assert b"Traceback" not in done.stderr, done.stderr
    document = json.loads(done.stdout)
    assert (document["apiVersion"], document["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    return Done(done.returncode, document["response"], done.stderr.decode())


def options(folder: Path, registry: RegistryServer, images: Images) -> list[str]:
    (folder / "policy.yaml").write_text(POLICY.format(name="app", address=registry.address))
    (folder / "root.json").write_bytes(images.trusted_root)
    return ["--policy", "policy.yaml", "--trusted-root", "root.json", "--allow-http", registry.address]


def asked(registry: RegistryServer, tag: str) -> bytes:
    return json.dumps(review(pod(f"{registry.address}/{REPOSITORY}:{tag}"))).encode()


def test_a_signed_image_is_allowed_and_pinned(
    tmp_path: Path, registry: RegistryServer, images: Images
) -> None:
    given = options(tmp_path, registry, images)
    done = answered(tmp_path, asked(registry, "signed"), *given)
    assert (done.code, done.response["allowed"]) == (0, True)
    assert "patch" not in done.response
    pinned = answered(tmp_path, asked(registry, "signed"), *given, "--mutate")
    (_, replacement) = json.loads(base64.b64decode(pinned.response["patch"]))
    assert replacement["value"].endswith(f"/{REPOSITORY}:signed@{images.digests['signed']}")


def test_an_unsigned_image_is_denied(tmp_path: Path, registry: RegistryServer, images: Images) -> None:
    done = answered(tmp_path, asked(registry, "unsigned"), *options(tmp_path, registry, images))
    assert (done.code, done.response["allowed"], done.response["status"]["code"]) == (1, False, 403)
    assert done.response["uid"] == "705ab4f5-6393-11e8-b7cc-42010a800002"


def test_a_registry_that_is_not_there_is_neither(
    tmp_path: Path, registry: RegistryServer, images: Images
) -> None:
    given = options(tmp_path, registry, images)
    gone = json.dumps(review(pod(f"127.0.0.1:{free_port()}/x"))).encode()
    done = answered(tmp_path, gone, *given)
    assert (done.code, done.response["allowed"], done.response["status"]["code"]) == (4, False, 503)


@pytest.mark.parametrize("given", [b"", b"null", b"{", b"{}", b'{"request": {"uid": "a"}}'])
def test_what_is_no_review_is_answered_all_the_same(
    tmp_path: Path, registry: RegistryServer, images: Images, given: bytes
) -> None:
    done = answered(tmp_path, given, *options(tmp_path, registry, images))
    assert (done.code, done.response["allowed"], done.response["status"]["code"]) == (2, False, 400)


GONE = pod("r.example/app:1")


@pytest.mark.parametrize(
    ("given", "code", "allowed"),
    [
        (json.dumps(review(None, "DELETE", oldObject=GONE)).encode(), 0, True),
        (json.dumps(review(None, "CONNECT", oldObject=GONE)).encode(), 1, False),
        (json.dumps(review(None, "CREATE")).encode(), 2, False),
        (b"", 2, False),
        (b"{}", 2, False),
        (b'{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}', 2, False),
        (b"[" * 1_000_000, 2, False),
    ],
)
def test_what_needs_no_trust_root_does_not_wait_for_one(
    tmp_path: Path, given: bytes, code: int, allowed: bool
) -> None:
    """Its TUF repository is behind a proxy that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (tmp_path / "policy.yaml").write_text(POLICY.format(name="app", address="r.example"))
        proxy = "http://{}:{}".format(*silent.getsockname())
        done = answered(
            tmp_path, given, "--policy", str(tmp_path / "policy.yaml"), env={"HTTPS_PROXY": proxy}
        )
        assert (done.code, done.response["allowed"]) == (code, allowed)
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_what_has_to_be_judged_needs_the_trust_root(tmp_path: Path) -> None:
    """The twin: a proxy is asked where an image is named. This one hangs up."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    proxy.accept()[0].close()
                    asked.set()

        threading.Thread(target=hang_up, daemon=True).start()
        (tmp_path / "policy.yaml").write_text(POLICY.format(name="app", address="r.example"))
        address = "http://{}:{}".format(*proxy.getsockname())
        given = json.dumps(review(GONE)).encode()
        done = answered(
            tmp_path, given, "--policy", str(tmp_path / "policy.yaml"), env={"HTTPS_PROXY": address}
        )
        assert (done.code, done.response["allowed"]) == (4, False)
        assert asked.is_set()
        proxy.shutdown(socket.SHUT_RDWR)


def test_a_broken_policy_denies_and_is_an_error(
    tmp_path: Path, registry: RegistryServer, images: Images
) -> None:
    given = options(tmp_path, registry, images)
    (tmp_path / "policy.yaml").write_text("version: 1\n")
    done = answered(tmp_path, asked(registry, "signed"), *given)
    assert (done.code, done.response["allowed"]) == (2, False)
    assert done.response["uid"] == "705ab4f5-6393-11e8-b7cc-42010a800002"
    assert "policy.yaml" in done.err
    nobody = answered(tmp_path, asked(registry, "signed"))
    assert (nobody.code, nobody.response["allowed"]) == (2, False)
    assert "say who must have signed" in nobody.err


def test_a_configuration_decides_as_the_webhook_would(
    tmp_path: Path, registry: RegistryServer, images: Images
) -> None:
    options(tmp_path, registry, images)
    text = (
        "version: 1\npolicies: [./policy.yaml]\ntrusted-root: root.json\n"
        f"registries: {{private: ['{registry.address}'], plain-http: ['{registry.address}']}}\n"
    )
    (tmp_path / "webhook.yaml").write_text(text)
    assert answered(tmp_path, asked(registry, "signed"), "--config", "webhook.yaml").code == 0
    assert answered(tmp_path, asked(registry, "unsigned"), "--config", "webhook.yaml").code == 1
    (tmp_path / "webhook.yaml").write_text(f"{text}mode: audit\n")
    done = answered(tmp_path, asked(registry, "unsigned"), "--config", "webhook.yaml")
    assert (done.code, done.response["allowed"]) == (0, True)
    assert done.response["warnings"][0].startswith("would be denied")
    (tmp_path / "webhook.yaml").write_text(f"{text}mod: audit\n")
    done = answered(tmp_path, asked(registry, "signed"), "--config", "webhook.yaml")
    assert (done.code, done.response["allowed"]) == (2, False)
    assert "webhook.yaml:5:1: unknown key 'mod'" in done.err


# --- serve ---


def started(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "verifier", "admission", "serve", *more]
    return subprocess.Popen(
        command, cwd=folder, env=environment(folder), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_the_webhook_serves_until_it_is_told_to_stop(
    tmp_path: Path, registry: RegistryServer, images: Images
) -> None:
    authority = trustme.CA()
    certificate, key = new_certificate(tmp_path, authority)
    address = f"127.0.0.1:{free_port()}"
    given = options(tmp_path, registry, images)
    tls = ["--tls-cert", str(certificate), "--tls-key", str(key), "--listen", address]
    context = ssl.create_default_context()
    authority.configure_trust(context)
    (tmp_path / "webhook.yaml").write_text(
        f"version: 1\npolicies: [./policy.yaml]\nregistries: {{private: ['{registry.address}']}}\n"
    )
    with started(tmp_path, *given, *tls, "--config", "webhook.yaml") as server:
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"https://{address}/readyz", context=context) as answer:
                        assert json.load(answer) == {"ready": True, "problems": {}}
                    break
                except OSError:
                    assert server.poll() is None, server.communicate()
                    time.sleep(0.05)
            request = urllib.request.Request(
                f"https://{address}/validate",
                asked(registry, "signed"),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, context=context) as answer:
                assert json.load(answer)["response"]["allowed"]
        finally:
            server.send_signal(signal.SIGTERM)
            out, err = server.communicate()
    assert server.returncode == 0
    assert out == b""
    entries = [json.loads(line) for line in err.splitlines()]
    assert [
        entry["message"] for entry in entries if entry["message"] in {"serving", "stopped", "review"}
    ] == [
        "serving",
        "review",
        "stopped",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((), "a webhook needs a certificate"),
        (("--tls-cert", "none.crt", "--tls-key", "none.key"), "cannot be used"),
        (("--tls-cert", "tls.crt", "--tls-key", "tls.key", "--listen", "nowhere"), "is not HOST:PORT"),
        (("--tls-cert", "tls.crt", "--tls-key", "tls.key", "--listen", "127.0.0.1:99999"), "HOST:PORT"),
        (("--tls-cert", "tls.crt", "--tls-key", "tls.key", "--listen", "192.0.2.1:1"), "cannot listen"),
        (("--tls-cert", "tls.crt", "--tls-key", "tls.key", "--config", "none.yaml"), "cannot read"),
        (("--tls-cert", "tls.crt", "--tls-key", "tls.key", "--policy", "none.yaml"), "none.yaml"),
    ],
)
def test_a_webhook_never_starts_on_what_is_wrong(
    tmp_path: Path, registry: RegistryServer, images: Images, wrong: tuple[str, ...], said: str
) -> None:
    new_certificate(tmp_path, trustme.CA())
    with started(tmp_path, *options(tmp_path, registry, images), *wrong) as server:
        out, err = server.communicate()
    assert server.returncode == 2
    assert out == b""
    assert said in err.decode()


def test_no_policy_at_all_is_an_error(tmp_path: Path) -> None:
    new_certificate(tmp_path, trustme.CA())
    with started(tmp_path, "--tls-cert", "tls.crt", "--tls-key", "tls.key") as server:
        _, err = server.communicate()
    assert server.returncode == 2
    assert "no policy is given" in err.decode()


def test_the_help_does_not_pay_for_the_webhook(tmp_path: Path) -> None:
    script = (
        "import sys, verifier.cli.main as m; m.run(['admission', '--help']);"
        "print([n for n in ('starlette', 'uvicorn', 'asyncio', 'sigstore') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert done.stdout.decode().splitlines()[-1] == "[]"
