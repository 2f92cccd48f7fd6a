"""What looks like a secret: names of variables, and values."""

from __future__ import annotations

import re
from itertools import pairwise

from verifier.policy.text_patterns import compiled

_END = re.compile(
    "(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|APIKEY|ACCESSKEY|PRIVATEKEY|SECRETKEY|^CRED)S?"
    r"[0-9]*\Z"
)
_ALONE = {"PASS", "PWD"}  # DB_PASS, DB_PWD; but PWD is the folder, and PASS_THROUGH something else
_OF_KEYS = {"API", "ACCESS", "PRIVATE", "SECRET", "SIGNING", "ENCRYPTION", "AUTH", "MASTER"}
# What is named after a secret and is none: POSTGRES_PASSWORD_FILE, TOKEN_TTL.
_ABOUT = {"FILE", "PATH", "DIR", "LENGTH", "TTL", "EXPIRY", "LIMIT", "TIMEOUT"}
_COUNTS = {"MAX", "MIN", "NUM"}  # MAX_TOKENS
_SWITCHES = {"true", "false", "yes", "no", "on", "off"}
_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_VALUES = {
    "an access key of AWS": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a token of GitHub": r"\bgh[opsur]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{22}",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20}",
    "a token of Slack": r"\bxox[abeoprs]-[A-Za-z0-9-]{10}",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{35}",
    "a key of Stripe": r"\b[rs]k_live_[A-Za-z0-9]{16}",
    "a token of npm": r"\bnpm_[A-Za-z0-9]{36}",
    "a token of PyPI": r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{20}",
    "a token of Docker": r"\bdckr_[po]at_[A-Za-z0-9_-]{20}",
    "a private key": r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.",
    "an address with a password": r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@$]*:[^/\s:@${][^/\s@]*@",
}


def secret_name(name: str) -> bool:
    """Whether a variable called ``name`` usually holds a secret: ``DB_PASSWORD``, ``PGPASSWORD``.

    By whole words, so that neither ``TOKENIZERS_PARALLELISM`` nor ``MONKEY`` is one. ``GPG_KEY`` is not: it
    is how official images call a public fingerprint.
    """
    words = [word for word in _SEPARATORS.split(name.upper()) if word]
    if not words or words[-1] in _ABOUT or words[0] in _COUNTS:
        return False
    return (
        any(_END.search(word) for word in words)
        or any(first in _OF_KEYS and second in {"KEY", "KEYS"} for first, second in pairwise(words))
        or (len(words) > 1 and words[-1] in _ALONE)
    )


def can_be_secret(value: str) -> bool:
    """Whether ``value`` can be a secret at all: it is there, and no switch such as ``yes``."""
    plain = value.strip(" \t\"'")
    return bool(plain) and plain.lower() not in _SWITCHES


def secret_value(value: str) -> str | None:
    """What kind of secret ``value`` holds, by its looks; None where it holds none.

    In time linear in its length.
    """
    # A lone surrogate has no UTF-8 form; no secret has one.
    text = value.encode("utf-8", "replace").decode("utf-8")
    return next((kind for kind, pattern in _VALUES.items() if compiled(pattern).search(text)), None)
