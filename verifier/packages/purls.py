"""Package URLs, read strictly and brought to the form in which they can be compared.

https://github.com/package-url/purl-spec. The usual library drops tabs and line ends, reads
``pkg:apk///wolfi/openssl`` as another namespace, keeps the last of two qualifiers and does not fold the case
of deb, golang and rpm; what can be read in two ways is refused here instead, for a rule that denies must not
miss a package that somebody else's parser finds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from verifier.errors import PackageUrlError
from verifier.limits import LOCATOR_LENGTH
from verifier.text import safe

_START = re.compile(r"pkg:/*([a-z][a-z0-9.+-]*)/+", re.IGNORECASE)
_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_PERCENT_TWICE = re.compile(r"%[0-9a-fA-F]{2}")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_QUALIFIER = re.compile(r"[A-Za-z.\-_][A-Za-z0-9.\-_]*")
_PYPI_SEPARATORS = re.compile(r"[-_.]+")
_PUB_OTHERS = re.compile(r"[^a-z0-9_*/]")
# golang.org/x/mod/module, EscapePath: !e stands for E, and no module path has an exclamation mark of its own.
_GO_CAPITAL = re.compile(r"!(?=[a-z])")
# Types whose definition says that the case of namespace and name does not count.
# NuGet: https://learn.microsoft.com/nuget/reference/nuspec#id
_CASELESS = frozenset(
    {"alpm", "apk", "bitbucket", "bitnami", "brew", "chrome-extension", "composer", "deb", "github", "gitlab"}
    | {"golang", "hex", "luarocks", "nuget", "oci", "otp", "pub", "pypi", "qpkg", "vscode-extension"}
)
# Types whose case counts, or may, and which are also written without it: npm's definition said until 2025
# that names are in lower case, mlflow's says that it depends on the server.
_CASELESS_IN_DOUBT = frozenset({"mlflow", "npm"})
_CASELESS_NAMESPACE = frozenset({"cpan", "rpm", "yocto"})
_CASELESS_VERSION = frozenset({"huggingface", "oci", "pypi", "vscode-extension"})


class PackageUrl(NamedTuple):
    """A package URL, normalised: ``path`` is namespace and name with slashes between, ``""`` is absent.

    ``exact`` is the path by the letter of the definition of its type, where ``path`` may be another's in
    doubt. Its subpath is left out: it points into a package.
    """

    type: str
    path: str
    version: str
    qualifiers: tuple[tuple[str, str], ...]
    exact: str

    @property
    def name(self) -> str:
        """The name alone."""
        return self.path.rpartition("/")[2]


@lru_cache(maxsize=65_536)  # the packages of one image's platforms, for several rules
def read_purl(text: str) -> PackageUrl:
    """Read ``text``, or raise `PackageUrlError`."""
    start = _START.match(text)
    if start is None or len(text) > LOCATOR_LENGTH or _UNPRINTABLE.search(text):
        raise _error(text, "it is not written as pkg:type/namespace/name@version")
    kind = start[1].lower()
    rest = text[start.end() :].partition("#")[0]
    rest, _, qualifiers = rest.partition("?")
    path, version = _split_version(kind, rest)
    if "@" in (path[1:] if kind == "npm" else path):
        # One parser ends the name at the first, another at the last.
        raise _error(text, "it has an @ more than the one before its version")
    parts = [part for part in path.split("/") if part]
    if "%" in rest:
        # A slash in a name, percent-encoded or not, is the same path.
        parts = [piece for part in parts for piece in _decoded(part, text).split("/") if piece]
        version = _decoded(version, text)
        if any(map(_PERCENT_TWICE.search, parts)):
            raise _error(text, "it is percent-encoded twice")
    if not parts or "." in parts or ".." in parts:
        raise _error(text, "it has no name" if not parts else "a part of its path is a dot")
    try:
        stated = _qualifiers(qualifiers) if qualifiers else ()
    except ValueError as error:
        raise _error(text, str(error)) from None
    exact = _exact_path(kind, "/".join(parts), stated)
    return PackageUrl(kind, _doubtful_path(kind, exact), normal_version(kind, version), stated, exact)


def normal_path(kind: str, path: str) -> str:
    """``path`` (namespace and name) as packages of the type ``kind`` are found under it, in doubt too."""
    return _doubtful_path(kind, _exact_path(kind, path, ()))


def normal_version(kind: str, version: str) -> str:
    """``version`` as the definition of the type ``kind`` normalises it."""
    return version.lower() if kind in _CASELESS_VERSION else version


def _doubtful_path(kind: str, path: str) -> str:
    """``path``, which the type's definition normalised, as other writers have it."""
    if kind == "cpan":
        return path.replace("::", "-")  # a module for the distribution that is called after it
    return path.lower() if kind in _CASELESS_IN_DOUBT else path


def _exact_path(kind: str, path: str, qualifiers: tuple[tuple[str, str], ...]) -> str:
    """``path`` as the definition of the type ``kind`` normalises it."""
    if kind in _CASELESS or (kind == "mlflow" and "databricks" in dict(qualifiers).get("repository_url", "")):
        path = path.lower()
    elif kind in _CASELESS_NAMESPACE:
        namespace, slash, name = path.rpartition("/")
        # CPAN's are in upper case, all others in lower.
        path = (namespace.upper() if kind == "cpan" else namespace.lower()) + slash + name
    match kind:
        case "pypi":
            return _PYPI_SEPARATORS.sub("-", path)
        case "golang":
            return _GO_CAPITAL.sub("", path)
        case "brew":
            # Without a namespace, the formula is of the tap that is the default.
            return path if "/" in path or path == "**" else f"homebrew/core/{path}"
        case "hackage":
            return path.replace("_", "-")
        case "pub":
            return _PUB_OTHERS.sub("_", path)
        case _:
            return path


def _split_version(kind: str, rest: str) -> tuple[str, str]:
    """Path and version. npm's scope begins with an @, which is not always encoded."""
    scope = ""
    if kind == "npm" and rest.startswith("@"):
        scope, slash, rest = rest.partition("/")
        scope += slash
    path, at, version = rest.rpartition("@")
    return scope + (path if at else version), version if at else ""


def _decoded(part: str, text: str) -> str:
    if _PERCENT.search(part):
        raise _error(text, "a % is not followed by two hexadecimal digits")
    try:
        plain = unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise _error(text, "what is percent-encoded is not UTF-8") from None
    if _CONTROLS.search(plain):
        raise _error(text, "a control character is percent-encoded in it")
    return plain


@lru_cache(maxsize=1024)  # the packages of an image mostly have the same
def _qualifiers(text: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for item in text.split("&"):
        key, equals, value = item.partition("=")
        if not equals or not _QUALIFIER.fullmatch(key):
            raise ValueError("its qualifiers are not written as key=value&key=value")
        if found.setdefault(key.lower(), value) != value:
            raise ValueError(f"it has two qualifiers {safe(key, limit=40)!r}")
    return tuple(
        (key, _qualifier_value(key, unquote(value))) for key, value in sorted(found.items()) if value
    )


def _qualifier_value(key: str, value: str) -> str:
    """``value``; checksums are a list whose order does not count, of hexadecimal digits in lower case."""
    return ",".join(sorted(value.lower().split(","))) if key == "checksum" else value


def _error(text: str, reason: str) -> PackageUrlError:
    return PackageUrlError(f"{safe(text, limit=200)!r} is no package URL: {reason}")
