"""The addresses of source repositories, in the many ways in which builders write them."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_ADDRESS = re.compile(
    r"(?:git\+)?(?P<scheme>[a-z][a-z0-9.-]*)://(?:[^/@?#\s\\]*@)?(?P<host>[a-z0-9._\[\]:-]+)"
    r"(?P<path>/[^@?#\s\\]*)?(?:@(?P<at>.*)|#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
# git's own short form, git@github.com:org/app.git; git clone documentation, "Git URLs".
_SCP = re.compile(
    r"(?:[a-z0-9._-]+@)(?P<host>[a-z0-9._-]+):(?P<path>[^/:@?#\s\\][^:@?#\s\\]*)(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)


class Address(NamedTuple):
    """A repository (``https://github.com/org/app``) and the ref that its address names, ``""`` without."""

    repository: str
    ref: str

    @property
    def place(self) -> str:
        """Host and path, which say the same repository whichever protocol fetches it."""
        return self.repository.partition("://")[2] or self.repository


def read_address(uri: str) -> Address:
    """Split ``uri`` into repository and ref.

    ``git+https://host/path@ref`` (SPDX, slsa-github-generator) and ``https://host/path.git#ref:folder``
    (BuildKit) are understood; ``git+``, credentials, ``.git`` and a slash at the end are no part of the
    repository. All after the first ``@`` or ``#`` is the ref, for both may stand in one; a colon may not.
    What is written in no known way is given as it is, so that it equals nothing but itself.
    """
    if match := _ADDRESS.fullmatch(uri):
        scheme, host = match["scheme"].lower(), match["host"].lower()
        ref = match["at"] or (match["fragment"] or "").partition(":")[0]
        return Address(f"{scheme}://{host}{_trimmed(match['path'] or '')}", ref)
    if match := _SCP.fullmatch(uri):
        ref = (match["fragment"] or "").partition(":")[0]
        return Address(f"ssh://{match['host'].lower()}/{_trimmed(match['path'])}", ref)
    return Address(uri, "")


def read_repository(uri: str) -> str:
    """The repository at ``uri``, which names no ref: one that has a ref is given as it is."""
    address = read_address(uri)
    return uri if address.ref else address.repository


def has_dots(repository: str) -> bool:
    """Whether a part of the path is a dot or two, percent-encoded or not: it leads to another repository."""
    return any(part in {".", ".."} for part in re.split(r"[/\\]", unquote(unquote(repository))))


def _trimmed(path: str) -> str:
    return path.rstrip("/").removesuffix(".git")
