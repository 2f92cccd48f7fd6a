"""Which place is asked first, and whom its answer is for (CRD-04, CRD-05)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import AuthError, UsageError
from verifier.keychain.chain import ChainKeychain, EnvironmentKeychain, build_keychain
from verifier.keychain.files import CredentialsFile
from verifier.keychain.interface import Credentials

CANARY = "canary-password"


def entry(user: str, password: str = CANARY) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_places_are_asked_in_order_and_the_first_answer_counts(tmp_path: Path) -> None:
    environment = {
        "VERIFY_REGISTRY_HOST": "r.example",
        "VERIFY_REGISTRY_USERNAME": "environment",
        "REGISTRY_AUTH_FILE": str(tmp_path / "named.json"),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    places = [
        tmp_path / "named.json",
        tmp_path / "docker" / "config.json",
        tmp_path / "run" / "containers" / "auth.json",
        tmp_path / "config" / "containers" / "auth.json",
    ]
    for number, place in enumerate(places):
        write(place, {"auths": {"r.example": entry(str(number))}})

    def user() -> str | None:
        found = build_keychain(environment, tmp_path).credentials("r.example", "org/app")
        return None if found is None else found.username

    assert user() == "environment"
    del environment["VERIFY_REGISTRY_HOST"], environment["VERIFY_REGISTRY_USERNAME"]
    for number, place in enumerate(places):
        assert user() == str(number)
        place.unlink()
    assert user() is None


def test_a_place_that_names_a_folder_replaces_the_default(tmp_path: Path) -> None:
    write(tmp_path / ".docker" / "config.json", {"auths": {"r.example": entry("home")}})
    (tmp_path / "other").mkdir()
    assert (
        build_keychain({"DOCKER_CONFIG": str(tmp_path / "other")}, tmp_path).credentials("r.example", "a")
        is None
    )
    assert build_keychain({}, tmp_path).credentials("r.example", "a") == Credentials("home", CANARY)


@pytest.mark.parametrize("host", [None, ""])
@pytest.mark.parametrize("name", ["USERNAME", "PASSWORD", "TOKEN"])
def test_credentials_in_the_environment_need_their_host(name: str, host: str | None) -> None:
    """Shown to nobody they would not help, and shown to everybody they would be stolen."""
    name = f"VERIFY_REGISTRY_{name}"
    environment = {name: CANARY} if host is None else {name: CANARY, "VERIFY_REGISTRY_HOST": host}
    with pytest.raises(UsageError) as caught:
        build_keychain(environment, None)
    assert caught.value.message == f"{name} is set, but VERIFY_REGISTRY_HOST does not say for which registry"
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("set VERIFY_REGISTRY_HOST to the registry")
    assert CANARY not in caught.value.hint
    known = build_keychain({**environment, "VERIFY_REGISTRY_HOST": "r.example"}, None)
    assert known.credentials("r.example", "org/app") is not None
    assert known.credentials("other.example", "org/app") is None


def test_empty_credentials_in_the_environment_are_none() -> None:
    environment = dict.fromkeys(
        ("VERIFY_REGISTRY_USERNAME", "VERIFY_REGISTRY_PASSWORD", "VERIFY_REGISTRY_TOKEN"), ""
    )
    for host in ({}, {"VERIFY_REGISTRY_HOST": "r.example"}):
        assert build_keychain({**environment, **host}, None).credentials("r.example", "org/app") is None


def test_without_a_home_and_an_environment_nobody_is_known() -> None:
    assert build_keychain({}, None).credentials("r.example", "org/app") is None


def test_the_first_place_that_knows_the_registry_counts(tmp_path: Path) -> None:
    first = CredentialsFile(write(tmp_path / "1.json", {"auths": {"other.example": entry("one")}}), {})
    second = CredentialsFile(write(tmp_path / "2.json", {"auths": {"r.example": entry("two")}}), {})
    assert ChainKeychain((first, second)).credentials("r.example", "a") == Credentials("two", CANARY)
    assert ChainKeychain((first,)).credentials("r.example", "a") is None


hosts = st.from_regex(r"[a-z0-9-]{1,8}(\.[a-z0-9-]{1,8}){0,2}(:[0-9]{1,4})?", fullmatch=True)
repositories = st.lists(st.from_regex(r"[a-z0-9._-]{1,6}", fullmatch=True), min_size=1, max_size=3).map(
    "/".join
)


@given(st.sampled_from(["r.example", "r.example:5000", "example"]), hosts, repositories)
def test_no_other_host_is_shown_anything(
    tmp_path_factory: pytest.TempPathFactory, known: str, host: str, path: str
) -> None:
    """Not one that ends or begins so, nor one with another port; the host itself is shown it."""
    file = CredentialsFile(Path("unread"), {})
    object.__setattr__(file, "_document", {"auths": {known: entry("user")}})
    for registry in (host, f"{host}.{known}", f"{known}.{host}", f"{host}-{known}", f"{known}0"):
        assert file.credentials(registry, path) == (
            Credentials("user", CANARY) if registry == known else None
        )
    assert file.credentials(known, path) == Credentials("user", CANARY)


@pytest.mark.parametrize(
    ("key", "repository", "known"),
    [
        ("r.example/org", "org/app", True),
        ("r.example/org", "org", True),
        ("r.example/org", "organic/app", False),
        ("r.example/org", "other/org", False),
        ("r.example/org/app", "org", False),
        ("r.example/org/", "org/app", False),
        ("r.example/", "org/app", False),
        ("*.example", "org/app", False),
        ("", "org/app", False),
    ],
)
def test_credentials_for_a_path_are_for_what_is_below_it(
    tmp_path: Path, key: str, repository: str, known: bool
) -> None:
    path = write(tmp_path / "auth.json", {"auths": {key: entry("user")}})
    found = CredentialsFile(path, {}).credentials("r.example", repository)
    assert found == (Credentials("user", CANARY) if known else None)


@pytest.mark.parametrize(
    "content",
    [
        f'{{"auths": {{"r.example": {{"auth": "{CANARY}',
        f'{{"auths": {{"r.example": {{"password": "{CANARY}", "password": "{CANARY}"}}}}}}',
        f'{{"auths": {{"r.example": {{"auth": "{CANARY}!"}}}}}}',
        f'{{"auths": ["{CANARY}"]}}',
        f'{{"auths": {{"r.example": {{"password": "{CANARY}"}}}}, "credHelpers": "{CANARY}"}}',
        f'"{CANARY}"',
        CANARY,
        "[" * 100 + f'"{CANARY}"',
        " " * (1024 * 1024) + CANARY,
    ],
    ids=range(9),
)
def test_a_broken_file_is_named_and_what_it_holds_is_not(tmp_path: Path, content: str) -> None:
    path = write(tmp_path / ".docker" / "config.json", content)
    with pytest.raises(AuthError) as caught:
        build_keychain({}, tmp_path).credentials("r.example", "org/app")
    assert str(path) in caught.value.message
    assert CANARY not in f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.mkdir()
    with pytest.raises(AuthError, match=str(path)):
        CredentialsFile(path, {}).credentials("r.example", "a")


def test_keychains_do_not_show_what_they_hold(tmp_path: Path) -> None:
    environment = {
        "VERIFY_REGISTRY_HOST": "r.example",
        "VERIFY_REGISTRY_USERNAME": "user",
        "VERIFY_REGISTRY_PASSWORD": CANARY,
        "VERIFY_REGISTRY_TOKEN": CANARY,
    }
    keychain = build_keychain(environment, tmp_path)
    found = keychain.credentials("r.example", "a")
    assert found is not None
    assert found.password == found.registry_token == CANARY
    assert CANARY not in f"{keychain!r} {found!r} {EnvironmentKeychain(environment)!r}"


@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\x00", "é"])
def test_a_token_that_cannot_be_one_is_refused_and_not_repeated(tmp_path: Path, end: str) -> None:
    """The HTTP libraries refuse to send it, and quote it."""
    environment = {"VERIFY_REGISTRY_HOST": "r.example", "VERIFY_REGISTRY_TOKEN": CANARY}
    path = write(tmp_path / "auth.json", {"auths": {"r.example": {"registrytoken": CANARY}}})
    token = Credentials(registry_token=CANARY)
    assert EnvironmentKeychain(environment).credentials("r.example", "a") == token
    assert CredentialsFile(path, {}).credentials("r.example", "a") == token
    environment["VERIFY_REGISTRY_TOKEN"] += end
    write(path, {"auths": {"r.example": {"registrytoken": CANARY + end}}})
    for keychain in (EnvironmentKeychain(environment), CredentialsFile(path, {})):
        assert keychain.credentials("other.example", "a") is None
        with pytest.raises(AuthError) as caught:
            keychain.credentials("r.example", "a")
        assert CANARY not in f"{caught.value!r} {caught.value.hint}"
