"""Passwords and tokens in what a registry says: hidden where messages about registries are made (CWE-532).

A registry may repeat what it was shown, or what it knows, wherever it says something: in a header, an
address, an error, a document. Messages end in logs that others read.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote, quote_plus, unquote, urlsplit

from verifier.errors import VerifierError
from verifier.keychain.interface import Credentials
from verifier.text import safe

_HIDDEN = "[hidden]"
# Shorter ones are hidden only where they stand alone: a password "io" is part of many names.
_SHORT = 6
_APART = re.compile(r"[/?#@:\[\]\\]")
_LEAST = 4  # of the beginning of a secret that was cut off, which is hidden too


class Redaction:
    """Hides the given secrets in every form in which they are written down."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # The longest first: one may be part of another.
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    @classmethod
    def of(cls, credentials: Credentials | None, *others: str) -> Redaction:
        """Make it for credentials, and for further secrets."""
        if credentials is None:
            return cls(others)
        pair = f"{credentials.username}:{credentials.password}" if credentials.password else ""
        return cls((*credentials.secrets, pair, *others))

    @classmethod
    def of_addresses(cls, addresses: Iterable[str]) -> Redaction:
        """Make it for the passwords in addresses, as those of proxies have them."""
        found = []
        for address in addresses:
            parts = urlsplit(address)
            password = unquote(parts.password or "")
            found += [password, f"{unquote(parts.username or '')}:{password}" if password else ""]
        return cls(found)

    def hide(self, text: str) -> str:
        """Give ``text`` without the secrets, nor a beginning of one where the text was cut."""
        for form in self._forms:
            edge = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
            before, after = edge if len(form) < _SHORT else ("", "")
            text = re.sub(f"{before}{re.escape(form)}{after}", _HIDDEN, text, flags=re.IGNORECASE)
        if "…" in text:
            for form in self._forms:
                text = _without_beginning(text, form)
        return text

    def conceal(self, error: VerifierError) -> None:
        """Hide the secrets in what ``error`` says."""
        error.message = self.hide(error.message)
        error.hint = None if error.hint is None else self.hide(error.hint)
        error.args = (error.message,)


class Discretion:
    """Lets no error about a registry out that repeats a secret of its user, whoever put it there.

    ``ask`` gives the user's credentials for it, and is called once.
    """

    def __init__(self, ask: Callable[[], Credentials | None]) -> None:
        self._ask = ask
        self._asked: tuple[Credentials | None] | None = None
        self._learnt: tuple[str, ...] = ()

    def credentials(self) -> Credentials | None:
        """What the user has for the registry. Raises `AuthError`."""
        if self._asked is None:
            self._asked = (self._ask(),)
        return self._asked[0]

    def learn(self, secret: str) -> None:
        """Keep what the registry was shown."""
        self._learnt = (*self._learnt, secret)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that are known by now."""
        known = None if self._asked is None else self._asked[0]
        return (*(() if known is None else known.secrets), *self._learnt)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Hide the secrets in whatever error escapes."""
        try:
            yield
        except VerifierError as error:
            self.redaction().conceal(error)
            raise

    def redaction(self) -> Redaction:
        """What hides the secrets: a registry knows its users' passwords before they are sent."""
        credentials = None
        with suppress(VerifierError):
            credentials = self.credentials()
        return Redaction.of(credentials, *self._learnt)


def _without_beginning(text: str, form: str) -> str:
    for length in range(len(form) - 1, _LEAST - 1, -1):
        cut = re.escape(f"{form[:length]}…")
        text = re.sub(cut, f"{_HIDDEN}…", text, flags=re.IGNORECASE)
    return text


def _forms(secret: str) -> Iterator[str]:
    if not secret:
        return
    raw = secret.encode("utf-8", "surrogatepass")
    plain = (
        secret,
        quote(raw, safe=""),
        quote_plus(raw),
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    )
    for form in plain:
        # As messages write it: escaped, and in quotes of either kind.
        shown = safe(form, limit=len(form) + 1)
        in_quotes = shown.replace("\\", "\\\\")
        yield from (form, shown, in_quotes, in_quotes.replace("'", "\\'"))
        # An address that holds it is taken apart at these.
        yield from (piece for piece in _APART.split(shown) if len(piece) >= _SHORT)
