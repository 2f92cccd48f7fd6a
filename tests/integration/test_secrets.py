"""Credentials never come out: not in output, however loud, nor in anything that is written (CRD-05)."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.cli import TESTDATA, Done, verify
from tests.registry_server import Fault, Login, RegistryServer
from tests.registry_server.server import TOKEN as SERVED
from tests.unit.registry.remote import contents

CANARY = "canary-password"
PAIR = base64.b64encode(f"user:{CANARY}".encode()).decode()
TOKEN = "canary-token"
SECRETS = (CANARY, PAIR, TOKEN, SERVED, base64.b64encode(CANARY.encode()).decode())


@dataclass(frozen=True)
class Case:
    """A registry, what the user keeps for it, and how the run ends."""

    login: Login
    code: int
    kept: Mapping[str, str] = field(default_factory=lambda: {"auth": PAIR})
    faults: tuple[Fault, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


def _said(message: str) -> bytes:
    return json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()


MANIFEST = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}


def _manifest(digest: str) -> bytes:
    """A manifest whose configuration has this for a digest."""
    described = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 2}
    document = {"schemaVersion": 2, "mediaType": MANIFEST["Content-Type"], "config": described, "layers": []}
    return json.dumps(document).encode()


BASIC = Login("Basic", "user", CANARY)
BEARER = Login("Bearer", "user", CANARY)
WRONG = Login("Bearer", "user", "another")
CASES = {
    # The image has no signature: everything else went well, and was written down.
    "basic": Case(BASIC, 3),
    "bearer": Case(BEARER, 3),
    "identity token": Case(Login("Bearer", identity_token=TOKEN), 3, {"identitytoken": TOKEN}),
    "wrong password": Case(Login("Basic", "user", "another"), 4),
    "no token": Case(WRONG, 4),
    "wrong identity token": Case(Login("Bearer", identity_token="another"), 4, {"identitytoken": TOKEN}),
    "wrong token": Case(WRONG, 4, {"registrytoken": TOKEN}),
    "token with line": Case(WRONG, 4, {"registrytoken": f"{TOKEN}\n"}),
    "junk for a token": Case(BEARER, 4, faults=(Fault("^/token", body=b"<html>"),)),
    "broken token answer": Case(BEARER, 4, faults=(Fault("^/token", raw=b"HTTP/1.1 200 OK\r\nX"),)),
    "realm elsewhere": Case(Login("Bearer", realm="https://127.0.0.1:1/token"), 4),
    "realm of no kind": Case(Login("Bearer", realm="file:///etc/passwd"), 4),
    "redirect in a circle": Case(BASIC, 4, faults=(Fault("blobs/", 307, {"Location": "/v2/"}),)),
    "cut short": Case(BASIC, 4, faults=(Fault("manifests/latest", length=99),)),
    "no such image": Case(BASIC, 4, faults=(Fault("manifests/latest", 404),)),
    "password repeated": Case(BASIC, 4, faults=(Fault("\\.sig$", 403, body=_said(f"{PAIR} {CANARY}")),)),
    "token repeated": Case(BEARER, 4, faults=(Fault("\\.sig$", 403, body=_said(f"bad: {SERVED}")),)),
    "password in an address": Case(
        BASIC, 4, faults=(Fault("manifests/latest", 302, {"Location": f"http://{CANARY}@x/"}),)
    ),
    "pair in the content type": Case(
        BASIC, 4, faults=(Fault("manifests/latest", headers={"Content-Type": f"text/{PAIR}"}, body=b"x"),)
    ),
    "password in the realm": Case(Login("Bearer", "user", "another", realm=CANARY), 4),
    # Documents that arrive whole, and are found wrong later. The cache holds them as they are.
    "password in the manifest": Case(
        BASIC,
        3,
        faults=(Fault("manifests/latest", headers=MANIFEST, body=_manifest(CANARY)),),
        options=("--no-cache",),
    ),
    "pair in a signature's manifest": Case(
        BASIC, 3, faults=(Fault("\\.sig$", headers=MANIFEST, body=_manifest(PAIR)),), options=("--no-cache",)
    ),
    "environment": Case(
        BASIC, 3, {}, environment={"VERIFY_REGISTRY_USERNAME": "user", "VERIFY_REGISTRY_PASSWORD": CANARY}
    ),
    "token in the environment": Case(WRONG, 4, {}, environment={"VERIFY_REGISTRY_TOKEN": f"{TOKEN}\n"}),
}


POLICY = """\
version: 1
name: any
images: ["**"]
signers: {s: {issuer: https://issuer.example, subject: somebody@example.com}}
require: [{signature: {}}]
"""


@contextlib.contextmanager
def served(case: Case) -> Iterator[RegistryServer]:
    with RegistryServer(contents(), "org/app", login=case.login, faults=case.faults) as server:
        yield server


def run(home: Path, case: Case, *options: str) -> tuple[Done, RegistryServer]:
    with served(case) as server:
        settings = home / ".docker" / "config.json"
        settings.parent.mkdir()
        settings.write_text(json.dumps({"auths": {server.address: case.kept}} if case.kept else {}))
        environment = {"VERIFY_REGISTRY_HOST": server.address, **case.environment, "VERIFY_DEBUG": "1"}
        done = verify(
            home,
            *(f"{server.address}/org/app", "--allow-http", server.address, "--policy", str(home / "p.yaml")),
            *("--trusted-root", str(TESTDATA / "trusted_root.json"), "-v", *case.options, *options),
            env=environment,
        )
        settings.unlink()
        return done, server


def written(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


@pytest.mark.parametrize("name", CASES)
def test_no_secret_comes_out(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    (tmp_path / "p.yaml").write_text(POLICY)
    done, server = run(tmp_path, case, "-o", "json", "--report", f"text={tmp_path / 'report.txt'}")
    assert done.code == case.code, done.err
    shown = f"{done.out} {done.err} {written(tmp_path)!r}"
    assert not [secret for secret in SECRETS if secret in shown]
    # The twin: it was the secret that mattered, not its absence.
    if case.code == 3 and not case.options:
        seen = f"{[(request.headers, request.body) for request in server.requests]}"
        assert any(secret in seen for secret in SECRETS)
