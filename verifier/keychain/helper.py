"""Credential helpers: ``docker-credential-NAME get``. docker/docker-credential-helpers, README."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping

from verifier.errors import AuthError
from verifier.keychain.interface import Credentials
from verifier.limits import CREDENTIAL_HELPER_BYTES, CREDENTIAL_HELPER_SECONDS
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
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
        done = subprocess.run(  # noqa: S603 - the name is checked, and there is no shell
            [path, "get"],
            input=server.encode(),
            capture_output=True,
            timeout=CREDENTIAL_HELPER_SECONDS,
            check=False,
            env=dict(environment),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise AuthError(f"the credential helper {program} failed: {type(error).__name__}") from error
    if done.returncode != 0:
        # The protocol's words for "none"; what else a helper prints could be a secret.
        if b"credentials not found" in done.stdout + done.stderr:
            return None
        raise AuthError(f"the credential helper {program} failed with exit code {done.returncode}")
    return _read(program, done.stdout)


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
