"""Credential helpers: ``docker-credential-NAME get``. docker/docker-credential-helpers, README."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Mapping
from typing import Final

from verifier.errors import AuthError, InternalError
from verifier.keychain.interface import Credentials
from verifier.limits import CREDENTIAL_HELPER_BYTES, CREDENTIAL_HELPER_SECONDS
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PIECE: Final = 65536
_TOKEN_USER = "<token>"  # noqa: S105 - the name that stands for "the secret is an identity token"


def ask_helper(name: str, server: str, environment: Mapping[str, str]) -> Credentials | None:
    """The credentials that the helper ``name`` has for ``server``; None where it has none.

    Raises `AuthError` where the helper is missing, fails, or answers something else.
    """
    if not _NAME.fullmatch(name):
        raise AuthError(f"{safe(name, limit=80)!r} cannot be the name of a credential helper")
    program = f"docker-credential-{name}"
    path = shutil.which(program, path=environment.get("PATH", ""))
    if path is None:
        raise AuthError(
            f"the credential helper {program} is not installed",
            hint="credsStore or credHelpers of a credentials file names it: install it, or take it out there",
        )
    try:
        code, output, errors = _run(path, server, environment)
    except (OSError, subprocess.SubprocessError) as error:
        raise AuthError(f"the credential helper {program} failed: {type(error).__name__}") from error
    if max(len(output), len(errors)) > CREDENTIAL_HELPER_BYTES:
        raise AuthError(f"the credential helper {program} printed more than {CREDENTIAL_HELPER_BYTES} bytes")
    if code != 0:
        # The protocol's words for "none"; what else a helper prints could be a secret.
        if b"credentials not found" in output + errors:
            return None
        raise AuthError(f"the credential helper {program} failed with exit code {code}")
    return _read(program, output)


def _run(path: str, server: str, environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """Exit code, output and errors. It is ended when its time is up, and when it prints too much."""
    end = time.monotonic() + CREDENTIAL_HELPER_SECONDS
    with subprocess.Popen(  # noqa: S603 - the name is checked, and there is no shell
        [path, "get"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        bufsize=0,
    ) as process:
        try:
            output, errors = _converse(process, server.encode(), end)
            return process.wait(max(0.0, end - time.monotonic())), output, errors
        finally:
            process.kill()


def _converse(process: subprocess.Popen[bytes], question: bytes, end: float) -> tuple[bytes, bytes]:
    """Ask, and read both streams to their end, until ``end``, or until one is over the limit."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise InternalError("a program was started without pipes")
    # It may not want to be asked; a question is shorter than what a pipe holds.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(question)
    process.stdin.close()
    said = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    output, errors = said.values()
    with selectors.DefaultSelector() as selector:
        for stream in said:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(process.args, CREDENTIAL_HELPER_SECONDS)
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                said[key.fd] += piece
                if not piece:
                    selector.unregister(key.fd)
                if len(said[key.fd]) > CREDENTIAL_HELPER_BYTES:
                    process.kill()
                    return bytes(output), bytes(errors)
    return bytes(output), bytes(errors)


def _read(program: str, raw: bytes) -> Credentials:
    try:
        document = loads_object(raw, limit=CREDENTIAL_HELPER_BYTES)
    except StrictJsonError:
        raise AuthError(f"the credential helper {program} did not answer with JSON") from None
    username, secret = document.get("Username"), document.get("Secret")
    if not isinstance(username, str) or not isinstance(secret, str):
        raise AuthError(f"the credential helper {program} did not answer with a name and a secret")
    if username == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(username=username, password=secret)
