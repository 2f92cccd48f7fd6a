"""Image references as people type them.

Docker's ``reference`` grammar (distribution, reference/reference.go) and OCI distribution specification 1.1,
"Pulling manifests". By hand and in linear time: the usual regular expression for the path of a repository
takes exponential time on hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from verifier.errors import InputError, ManifestError
from verifier.limits import REFERENCE_LENGTH
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference, LayoutReference, Reference
from verifier.model.registry_name import HTTP_PORT, HUB, registry_name, split_port, without_default_port
from verifier.text import safe

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[a-z0-9]+")
_SEPARATORS = re.compile(r"[._-]+")
_PRINTABLE = re.compile(r"[!-~]+")
_SCHEMES = {"oci": False, "oci-archive": True}
# What may stand before the colon of a digest; only the second is one that registries use.
_ALGORITHMS = {"md5", "sha256", "sha1", "sha224", "sha384", "sha512", "sha512-256", "blake3"}
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
        before = text.split("://", maxsplit=1)[0]
        raise _error(text, "it starts with a scheme", hint=f"leave out {safe(before, limit=40)}://")
    name, digest = _split_digest(text)
    name, tag = _split_tag(name, text)
    if name == "sha256" and tag is not None and _HEX64.fullmatch(tag):
        raise _error(text, "it is a digest alone", hint="write repository@sha256:…")
    if _HEX64.fullmatch(name):
        # As Docker has it, whose commands take such a name for the identifier of a local image.
        raise _error(text, "it looks like the identifier of a local image")
    registry, port, repository = _split_registry(name, text)
    _check_repository(repository, text)
    if tag is None and digest is None:
        tag = "latest"
    return ImageReference(registry, repository, tag, digest, port)


def over_http(reference: Reference, plain: Collection[str]) -> Reference:
    """``reference`` where registries in ``plain`` (``host`` or ``host:port``) are spoken to without TLS.

    Port 80 is the default of such a host, and so no part of its name.
    """
    if not isinstance(reference, ImageReference):
        return reference
    host, port = split_port(reference.registry)
    if port not in {"", str(HTTP_PORT)} or not {host, f"{host}:{HTTP_PORT}"} & set(plain):
        return reference
    if not port:
        return replace(reference, plain=True)
    registry = registry_name(host)
    repository = _of_registry(registry, reference.repository)
    return replace(reference, registry=registry, repository=repository, port=HTTP_PORT, plain=True)


def _error(text: str, problem: str, hint: str = _EXAMPLE) -> ManifestError:
    head, at, tail = text.rpartition("@")
    if at and ("@" in head or not _is_digest(tail)):
        text = f"…@{tail}"  # a name and a password may stand before
    return ManifestError(f"not an image reference: {safe(text, limit=200)!r}: {problem}", hint=hint)


def _is_digest(text: str) -> bool:
    """Whether this is meant as a digest, right or wrong: ``sha512:…``, ``SHA256:…``."""
    algorithm, colon, _ = text.partition(":")
    return bool(colon) and algorithm.lower() in _ALGORITHMS


def _split_digest(text: str) -> tuple[str, Digest | None]:
    name, at, digest = text.partition("@")
    if not at:
        return text, None
    if not _is_digest(digest):
        raise _error(
            text,
            "what follows '@' is no digest",
            hint="a name and a password belong in 'docker login', not in a reference; " + _EXAMPLE,
        )
    return name, _digest(digest, text)


def _digest(digest: str, text: str) -> Digest:
    try:
        return Digest.parse(digest)
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


def _split_registry(name: str, text: str) -> tuple[str, int | None, str]:
    """The first part is a registry where it looks like a host: it has a dot or a port, or is localhost."""
    first, slash, rest = name.partition("/")
    if not slash or not (any(mark in first for mark in ".:[") or first == "localhost"):
        return HUB, None, _of_registry(HUB, name)
    try:
        registry, port = without_default_port(first)
    except InputError as error:
        raise _error(text, error.message) from None
    return registry, port, _of_registry(registry, rest)


def _of_registry(registry: str, repository: str) -> str:
    """Docker Hub's official images are below ``library``."""
    return f"library/{repository}" if registry == HUB and "/" not in repository else repository


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
    """What follows the last colon is a tag where it can be one; a path may hold colons and spaces."""
    path, digest = rest, None
    head, _, tail = rest.rpartition("@")
    if _is_digest(tail):
        path, digest = head, _digest(tail, text)
    if _is_digest(path.rpartition("@")[2]):
        raise _error(text, "it has two digests")
    head, colon, tag = path.rpartition(":")
    if colon and head and _TAG.fullmatch(tag):
        path = head
    else:
        tag = ""
    if not path or path[0] == ":" or path[-1] == ":":
        raise _error(text, "it names no path", hint="a layout is oci:DIRECTORY or oci-archive:FILE.tar")
    if path.startswith("//"):
        raise _error(text, "it starts with a scheme", hint="leave out oci:// for an image in a registry")
    if safe(path, limit=REFERENCE_LENGTH) != path:
        raise _error(text, "the path has control characters", hint="rename the directory or the file")
    return LayoutReference(path, archive, tag or None, digest)
