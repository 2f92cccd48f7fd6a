"""Credential helpers: small programs that a user's file names (CRD-04, CRD-05)."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import pytest

import verifier.keychain.helper
from verifier.errors import AuthError
from verifier.keychain.helper import ask_helper
from verifier.keychain.interface import Credentials
from verifier.limits import CREDENTIAL_HELPER_BYTES

CANARY = "canary-password"
ANSWER = json.dumps({"ServerURL": "r.example", "Username": "user", "Secret": CANARY})


def helper(folder: Path, script: str, *, mode: int = 0o755) -> dict[str, str]:
    """Put ``docker-credential-test`` on the PATH of an environment that has nothing else."""
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(mode)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_a_helper_is_asked_with_get_and_the_server_alone(tmp_path: Path) -> None:
    environment = helper(
        tmp_path, f"cat > {tmp_path}/stdin; echo \"$*\" > {tmp_path}/arguments; echo '{ANSWER}'"
    )
    assert ask_helper("test", "r.example:5000", environment) == Credentials("user", CANARY)
    assert (tmp_path / "stdin").read_text() == "r.example:5000"
    assert (tmp_path / "arguments").read_text() == "get\n"


def test_a_helper_runs_in_the_environment_that_was_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAKED", "from this process")
    environment = helper(
        tmp_path, """echo "{\\"Username\\": \\"$GIVEN\\", \\"Secret\\": \\"-$LEAKED-\\"}\""""
    )
    assert ask_helper("test", "r.example", environment | {"GIVEN": "x"}) == Credentials("x", "--")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"Username": "<token>", "Secret": CANARY}, Credentials(identity_token=CANARY)),
        ({"Username": "token", "Secret": CANARY}, Credentials("token", CANARY)),
        ({"Username": "", "Secret": CANARY}, Credentials("", CANARY)),
        (
            {"Username": "u", "Secret": "p", "ServerURL": "elsewhere.example", "Other": 1},
            Credentials("u", "p"),
        ),
    ],
)
def test_what_a_helper_answers(tmp_path: Path, answer: dict[str, object], expected: Credentials) -> None:
    (tmp_path / "answer").write_text(json.dumps(answer))
    assert ask_helper("test", "r.example", helper(tmp_path, f"cat {tmp_path}/answer")) == expected


@pytest.mark.parametrize("stream", ["", ">&2"])
def test_credentials_that_are_not_there_are_none(tmp_path: Path, stream: str) -> None:
    words = "credentials not found in native keychain"
    assert ask_helper("test", "r.example", helper(tmp_path, f"echo {words} {stream}; exit 1")) is None
    # The twin: another reason to fail is no answer.
    with pytest.raises(AuthError, match="exit code 1"):
        ask_helper("test", "r.example", helper(tmp_path, f"echo the keychain is locked {stream}; exit 1"))


BROKEN = {
    "a secret and a failure": f"echo {CANARY}; echo {CANARY} >&2; exit 1",
    "a secret alone": f"echo {CANARY}",
    "a document cut off": f"""echo '{{"Username": "user", "Secret": "{CANARY}'""",
    "two secrets": f"""echo '{{"Username": "user", "Secret": "{CANARY}", "Secret": "{CANARY}"}}'""",
    "a list": f"""echo '["{CANARY}"]'""",
    "no name": f"""echo '{{"Secret": "{CANARY}"}}'""",
    "a secret of another kind": f"""echo '{{"Username": "{CANARY}", "Secret": null}}'""",
    "too much": f"head -c {CREDENTIAL_HELPER_BYTES + 1} /dev/zero",
    "no text": "printf '\\377\\376'",
    "nothing": "true",
    "a signal": "kill -9 $$",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_helper_that_answers_wrongly_is_named_and_its_words_are_not(tmp_path: Path, name: str) -> None:
    with pytest.raises(AuthError, match="docker-credential-test") as caught:
        ask_helper("test", "r.example", helper(tmp_path, BROKEN[name]))
    shown = f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert CANARY not in shown


def test_a_helper_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier.keychain.helper, "CREDENTIAL_HELPER_SECONDS", 0.2)
    with pytest.raises(AuthError, match="docker-credential-test failed: TimeoutExpired"):
        ask_helper("test", "r.example", helper(tmp_path, "exec sleep 600"))


@pytest.mark.parametrize("stream", ["", ">&2"])
def test_a_helper_that_floods_is_ended_at_the_limit(tmp_path: Path, stream: str) -> None:
    """DOS-02: it prints for ever, and is not read for ever."""
    script = f"echo $$ > {tmp_path}/pid; exec cat /dev/zero {stream}"
    tracemalloc.start()
    try:
        with pytest.raises(AuthError, match="docker-credential-test printed more than"):
            ask_helper("test", "r.example", helper(tmp_path, script))
        assert tracemalloc.get_traced_memory()[1] < 8 * CREDENTIAL_HELPER_BYTES
    finally:
        tracemalloc.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_helper_may_print_as_much_as_is_read(tmp_path: Path) -> None:
    """The positive twin: warnings of some length, and an answer padded to the limit."""
    padding = CREDENTIAL_HELPER_BYTES - len(ANSWER) - 1
    script = f"head -c 300000 /dev/zero >&2; echo '{ANSWER}'; head -c {padding} /dev/zero | tr '\\0' ' '"
    assert ask_helper("test", "r.example", helper(tmp_path, script)) == Credentials("user", CANARY)


def test_a_child_that_holds_a_helpers_output_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier.keychain.helper, "CREDENTIAL_HELPER_SECONDS", 0.2)
    # The child ends by itself when nobody reads what it prints.
    script = f"while echo; do sleep 0.05; done & echo '{ANSWER}'"
    with pytest.raises(AuthError, match="docker-credential-test failed: TimeoutExpired"):
        ask_helper("test", "r.example", helper(tmp_path, script))


@pytest.mark.parametrize("mode", [0o644, 0o755])
def test_a_helper_that_cannot_run_is_an_error(tmp_path: Path, mode: int) -> None:
    environment = helper(tmp_path, "", mode=mode)
    (tmp_path / "docker-credential-test").write_bytes(b"\x7fELF no program")
    with pytest.raises(AuthError, match="docker-credential-test"):
        ask_helper("test", "r.example", environment)


@pytest.mark.parametrize("environment", [{}, {"PATH": ""}, {"PATH": "/absent"}])
def test_a_helper_is_looked_for_on_the_path_that_was_handed_over(environment: dict[str, str]) -> None:
    with pytest.raises(AuthError, match="not installed") as caught:
        ask_helper("test", "r.example", environment)
    assert "credsStore" in str(caught.value.hint)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../test", "a/test", "/test", "test\n", "te st", "-", "te\0st", "tést"]
)
def test_a_helpers_name_is_no_path(tmp_path: Path, name: str) -> None:
    """None of these can name a file beside or outside the folders of PATH."""
    ran = tmp_path / "ran"
    environment = helper(tmp_path, f"touch {ran}; echo '{ANSWER}'")
    with pytest.raises(AuthError):
        ask_helper(name, "r.example", environment)
    assert not ran.exists()
