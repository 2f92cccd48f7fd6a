"""Image references as people type them.

Docker's ``reference`` grammar (distribution, reference/reference.go) and OCI distribution specification 1.1,
"Pulling manifests". By hand and in linear time: the usual regular expression for the path of a repository
takes exponential time on hostile text.
"""

from __future__ import annotations

import re

from verifier.errors import InputError, ManifestError
from verifier.limits import REFERENCE_LENGTH
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference, LayoutReference, Reference
from verifier.text import safe

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")
_PORT = re.compile(r"[0-9]{1,5}")
_WORD = re.compile(r"[a-z0-9]+")
_SEPARATORS = re.compile(r"[._-]+")
_PRINTABLE = re.compile(r"[!-~]+")
HUB = "docker.io"
HUB_ALIASES = {"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
_SCHEMES = {"oci": False, "oci-archive": True}
_EXAMPLE = "an image is [registry/]repository[:tag][@sha256:…], for example ghcr.io/org/app:1.2"


def parse_reference(text: str) -> Reference:
    """Read an image reference, normalised as Docker does, or raise `ManifestError`.

    ``nginx`` is ``docker.io/library/nginx:latest``. Tag and digest are kept apart as written; ``latest`` is
    filled in only where there is neither. ``oci:DIRECTORY`` and ``oci-archive:FILE`` name OCI layouts.
    """
    if len(text) > REFERENCE_LENGTH:
        raise ManifestError(f"an image reference of more than {REFERENCE_LENGTH} characters")
    scheme, colon, rest = text.partition(":")
    if colon and scheme in _SCHEMES:
        return _layout(rest, text, archive=_SCHEMES[scheme])
    if not _PRINTABLE.fullmatch(text):
        raise _error(text, "it is empty or has white space or characters that no reference has")
    if "://" in text:
        raise _error(
            text, "it starts with a scheme", hint=f"leave out {safe(text.split('://', maxsplit=1)[0])}://"
        )
    name, digest = _split_digest(text)
    name, tag = _split_tag(name, text)
    registry, repository = _split_registry(name, text)
    _check_repository(repository, text)
    if tag is None and digest is None:
        tag = "latest"
    return ImageReference(registry, repository, tag, digest)


def _error(text: str, problem: str, hint: str = _EXAMPLE) -> ManifestError:
    return ManifestError(f"not an image reference: {safe(text, limit=200)!r}: {problem}", hint=hint)


def _split_digest(text: str) -> tuple[str, Digest | None]:
    name, at, digest = text.partition("@")
    if not at:
        return text, None
    try:
        return name, Digest.parse(digest)
    except InputError as error:
        raise _error(text, error.message, error.hint or _EXAMPLE) from None


def _split_tag(name: str, text: str) -> tuple[str, str | None]:
    """A colon after the last slash starts a tag; one before it belongs to a port."""
    slash, colon = name.rfind("/"), name.rfind(":")
    if colon <= slash:
        return name, None
    tag = name[colon + 1 :]
    if not _TAG.fullmatch(tag):
        raise _error(text, f"{safe(tag, limit=140)!r} is no tag")
    return name[:colon], tag


def _split_registry(name: str, text: str) -> tuple[str, str]:
    """The first part is a registry where it looks like a host: it has a dot or a port, or is localhost."""
    first, slash, rest = name.partition("/")
    if not slash or not (any(mark in first for mark in ".:[") or first == "localhost"):
        return HUB, name if slash else f"library/{name}"
    host = first.lower()
    _check_host(host, text)
    if host == HUB or host in HUB_ALIASES:
        return HUB, rest if "/" in rest else f"library/{rest}"
    return host, rest


def _check_host(host: str, text: str) -> None:
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name = host
    elif not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        raise _error(text, f"{safe(port)!r} is no port")
    if not (_IPV6.fullmatch(name) or all(_LABEL.fullmatch(label) for label in name.split("."))):
        raise _error(text, f"{safe(name)!r} is no host name")


def _check_repository(repository: str, text: str) -> None:
    """Parts of lower-case words, joined by ``.``, ``_``, ``__`` or dashes."""
    if repository != repository.lower():
        raise _error(text, "repository names are lower case")
    for part in repository.split("/"):
        words = _SEPARATORS.split(part)
        separators = _SEPARATORS.findall(part)
        if not all(_WORD.fullmatch(word) for word in words):
            raise _error(text, f"{safe(part, limit=100)!r} cannot be part of a repository name")
        if not all(item in {".", "_", "__"} or not item.strip("-") for item in separators):
            raise _error(text, f"{safe(part, limit=100)!r} cannot be part of a repository name")
    if len(repository) > 255:
        raise _error(text, "the repository name is longer than 255 characters")


def _layout(rest: str, text: str, *, archive: bool) -> LayoutReference:
    path, digest = rest, None
    head, at, tail = rest.rpartition("@")
    if at and tail.startswith("sha256:"):
        path = head
        try:
            digest = Digest.parse(tail)
        except InputError as error:
            raise _error(text, error.message, error.hint or _EXAMPLE) from None
    tag = None
    head, colon, tail = path.rpartition(":")
    if colon and head and _TAG.fullmatch(tail):
        path, tag = head, tail
    if not path or "\0" in path:
        raise _error(text, "it names no path", hint="a layout is oci:DIRECTORY or oci-archive:FILE.tar")
    return LayoutReference(path, archive, tag, digest)
