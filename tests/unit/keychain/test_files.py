"""Credentials as Docker and Podman keep them (CRD-04, CRD-05)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from verifier.errors import AuthError
from verifier.keychain.chain import build_keychain
from verifier.keychain.interface import Credentials

CANARY = "canary-password"


def entry(user: str = "user", password: str = CANARY) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))


def look(home: Path, registry: str, repository: str = "org/app", **environment: str) -> Credentials | None:
    return build_keychain(environment, home).credentials(registry, repository)


USER = Credentials("user", CANARY)


@pytest.mark.parametrize(
    ("registry", "known"),
    [
        ("registry.example", True),
        ("registry.example:5000", False),
        ("evil-registry.example", False),
        ("registry.example.evil.test", False),
        ("example", False),
    ],
)
def test_credentials_are_for_exactly_one_host_and_port(tmp_path: Path, registry: str, known: bool) -> None:
    write(tmp_path / ".docker" / "config.json", {"auths": {"registry.example": entry()}})
    assert look(tmp_path, registry) == (USER if known else None)


@pytest.mark.parametrize(
    "key",
    [
        "https://registry.example",
        "https://registry.example/v1/",
        "https://registry.example/v2/",
        "registry.example",
    ],
)
def test_older_ways_to_write_a_registry(tmp_path: Path, key: str) -> None:
    write(tmp_path / ".docker" / "config.json", {"auths": {key: entry()}})
    assert look(tmp_path, "registry.example") == USER


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
def test_docker_hub(tmp_path: Path, key: str) -> None:
    write(tmp_path / ".docker" / "config.json", {"auths": {key: entry()}})
    assert look(tmp_path, "docker.io", "library/nginx") == USER


def test_the_closest_path_counts(tmp_path: Path) -> None:
    auths = {"r.example": entry("a"), "r.example/org": entry("b"), "r.example/org/app": entry("c")}
    write(tmp_path / ".docker" / "config.json", {"auths": auths})
    found = [
        look(tmp_path, "r.example", name) for name in ("org/app", "org/app/x", "org/other", "organic/app")
    ]
    assert [item.username for item in found if item] == ["c", "c", "b", "a"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"username": "user", "password": CANARY}, USER),
        ({"identitytoken": CANARY}, Credentials(identity_token=CANARY)),
        ({"registrytoken": CANARY}, Credentials(registry_token=CANARY)),
        ({}, None),
        ({"auth": base64.b64encode(f"user:{CANARY}\0\0".encode()).decode()}, USER),
        ({"auth": base64.b64encode(b"user:with:colons").decode()}, Credentials("user", "with:colons")),
    ],
)
def test_what_an_entry_holds(tmp_path: Path, content: dict[str, str], expected: Credentials | None) -> None:
    write(tmp_path / ".docker" / "config.json", {"auths": {"r.example": content}})
    assert look(tmp_path, "r.example") == expected


def test_where_the_files_are(tmp_path: Path) -> None:
    places = {
        tmp_path / "named.json": {"REGISTRY_AUTH_FILE": str(tmp_path / "named.json")},
        tmp_path / "docker" / "config.json": {"DOCKER_CONFIG": str(tmp_path / "docker")},
        tmp_path / "run" / "containers" / "auth.json": {"XDG_RUNTIME_DIR": str(tmp_path / "run")},
        tmp_path / "conf" / "containers" / "auth.json": {"XDG_CONFIG_HOME": str(tmp_path / "conf")},
        tmp_path / ".config" / "containers" / "auth.json": {},
    }
    for path, environment in places.items():
        write(path, {"auths": {"r.example": entry(path.parts[-2])}})
        found = look(tmp_path, "r.example", **environment)
        assert found is not None
        assert found.username == path.parts[-2]
        path.unlink()
    assert look(tmp_path, "r.example") is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"auths": []}',
        '{"auths": {"r.example": {"auth": "*"}}}',
        '{"a": 1, "a": 2}',
        '{"credHelpers": 1}',
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_its_secrets_are_not(tmp_path: Path, content: str) -> None:
    path = tmp_path / ".docker" / "config.json"
    write(path, content)
    with pytest.raises(AuthError) as caught:
        look(tmp_path, "r.example")
    assert str(path) in caught.value.message


def test_an_empty_file_is_no_file(tmp_path: Path) -> None:
    write(tmp_path / ".docker" / "config.json", " \n")
    assert look(tmp_path, "r.example") is None


def helper(folder: Path, script: str) -> dict[str, str]:
    program = folder / "bin" / "docker-credential-test"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:/usr/bin:/bin"}


def test_a_helper_is_asked_for_its_registry_alone(tmp_path: Path) -> None:
    log = tmp_path / "asked"
    answer = json.dumps({"ServerURL": "x", "Username": "user", "Secret": CANARY})
    environment = helper(tmp_path, f"cat >> {log}; echo \"-$1\" >> {log}; echo '{answer}'")
    write(tmp_path / ".docker" / "config.json", {"credHelpers": {"r.example": "test"}})
    assert look(tmp_path, "r.example", **environment) == USER
    assert look(tmp_path, "other.example", **environment) is None
    assert log.read_text() == "r.example-get\n"


def test_the_default_store_is_asked_last(tmp_path: Path) -> None:
    environment = helper(tmp_path, """echo '{"Username": "<token>", "Secret": "t"}'""")
    write(tmp_path / ".docker" / "config.json", {"credsStore": "test", "auths": {"a.example": entry()}})
    assert look(tmp_path, "a.example", **environment) == USER
    assert look(tmp_path, "b.example", **environment) == Credentials(identity_token="t")


def test_a_helper_that_knows_nothing_is_no_error(tmp_path: Path) -> None:
    environment = helper(tmp_path, "echo 'credentials not found in native keychain'; exit 1")
    write(tmp_path / ".docker" / "config.json", {"credsStore": "test"})
    assert look(tmp_path, "r.example", **environment) is None


@pytest.mark.parametrize(
    "script",
    [
        f"echo {CANARY}; exit 1",
        f"echo {CANARY}",
        "echo '{}'",
        """echo '{"Username": 1, "Secret": 2}'""",
        "true",
    ],
)
def test_a_helper_that_fails_is_named_and_what_it_prints_is_not(tmp_path: Path, script: str) -> None:
    environment = helper(tmp_path, script)
    write(tmp_path / ".docker" / "config.json", {"credHelpers": {"r.example": "test"}})
    with pytest.raises(AuthError, match="docker-credential-test") as caught:
        look(tmp_path, "r.example", **environment)
    assert CANARY not in repr(caught.value)


@pytest.mark.parametrize("name", ["../evil", "a/b", "a b", "", "x" * 65, "a\n"])
def test_a_helpers_name_is_no_path(tmp_path: Path, name: str) -> None:
    write(tmp_path / ".docker" / "config.json", {"credHelpers": {"r.example": name}})
    with pytest.raises(AuthError, match="cannot be the name"):
        look(tmp_path, "r.example", PATH="/usr/bin:/bin")


def test_a_helper_that_is_missing_is_named(tmp_path: Path) -> None:
    write(tmp_path / ".docker" / "config.json", {"credHelpers": {"r.example": "absent"}})
    with pytest.raises(AuthError, match="docker-credential-absent is not installed"):
        look(tmp_path, "r.example", PATH=str(tmp_path))


def test_the_environment_names_its_host(tmp_path: Path) -> None:
    known = {"VERIFY_REGISTRY_USERNAME": "user", "VERIFY_REGISTRY_PASSWORD": CANARY}
    assert look(tmp_path, "r.example", VERIFY_REGISTRY_HOST="r.example", **known) == USER
    assert look(tmp_path, "r.example:444", VERIFY_REGISTRY_HOST="r.example", **known) is None
    assert look(tmp_path, "r.example:80", VERIFY_REGISTRY_HOST="r.example", **known) is None
    token = look(tmp_path, "r.example", VERIFY_REGISTRY_HOST="r.example", VERIFY_REGISTRY_TOKEN="t")
    assert token == Credentials(registry_token="t")


@pytest.mark.parametrize("written", ["r.example", "r.example:443", "R.example:443"])
@pytest.mark.parametrize("typed", ["r.example", "r.example:443"])
def test_the_default_port_of_https_is_the_same_registry(tmp_path: Path, written: str, typed: str) -> None:
    known = {"VERIFY_REGISTRY_USERNAME": "user", "VERIFY_REGISTRY_PASSWORD": CANARY}
    assert look(tmp_path, typed, VERIFY_REGISTRY_HOST=written, **known) == USER


@pytest.mark.parametrize(
    "key", ["r.example", "r.example:443", "https://r.example:443/v2/", "r.example:443/org"]
)
@pytest.mark.parametrize("typed", ["r.example", "r.example:443"])
def test_a_file_may_write_the_default_port_or_not(tmp_path: Path, key: str, typed: str) -> None:
    write(tmp_path / ".docker" / "config.json", {"auths": {key: entry()}})
    assert look(tmp_path, typed) == USER
    for other in ("r.example:444", "r.example:80", "r.example:4430", "s.example"):
        assert look(tmp_path, other) is None


def test_docker_hub_under_the_default_port(tmp_path: Path) -> None:
    known = {"VERIFY_REGISTRY_USERNAME": "user", "VERIFY_REGISTRY_PASSWORD": CANARY}
    for written in ("docker.io", "index.docker.io", "registry-1.docker.io:443"):
        assert look(tmp_path, "docker.io", VERIFY_REGISTRY_HOST=written, **known) == USER


def test_secrets_are_not_shown() -> None:
    shown = repr(Credentials("user", CANARY, CANARY, CANARY))
    assert "user" in shown
    assert CANARY not in shown
