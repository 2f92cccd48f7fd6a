"""Patterns for packages, and the index that finds which of many patterns a package is in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from verifier.errors import InputError, PackageUrlError
from verifier.packages.purls import PackageUrl, normal_path, read_purl
from verifier.policy.patterns import match_parts
from verifier.text import safe

T = TypeVar("T")

# Types whose namespace is a distribution. Scanners that do not know which one leave it out.
_DISTRIBUTIONS = frozenset({"alpm", "apk", "deb", "rpm"})
_WITH_NAMESPACE = _DISTRIBUTIONS | {"bitbucket", "composer", "github", "maven"}
_WITHOUT_NAMESPACE = frozenset(
    {"bazel", "bitnami", "cargo", "chrome-extension", "cocoapods", "conda", "cran", "gem", "hackage", "julia"}
    | {"mlflow", "nuget", "oci", "opam", "otp", "pub", "pypi", "vcpkg"}
)
# Those, and CPAN, whose namespace is the author where it is stated, are the same package with and without.
_NAMESPACE_IN_DOUBT = _WITHOUT_NAMESPACE | {"cpan"}

_STARS = frozenset({"*", "**"})

_HINT = (
    "write pkg:type/namespace/name: pkg:apk/wolfi/openssl, pkg:deb/debian/*, pkg:npm/%40scope/*,"
    " pkg:golang/github.com/org/**"
)


@dataclass(frozen=True, slots=True)
class PackagePattern:
    """The package URLs of some packages.

    The type is exact. ``*`` stands for text within one part of namespace and name, ``**`` for one part or
    more. A version is compared letter by letter, and of the qualifiers those that the pattern names.
    """

    text: str
    purl: PackageUrl
    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern, or raise `InputError`."""
        shown = repr(safe(text, limit=100))
        if text.startswith("pkg:*"):
            raise InputError(f"the package pattern {shown} does not say which type it means", hint=_HINT)
        if "#" in text or "%2a" in text.lower():
            raise InputError(f"the package pattern {shown} has a subpath or an encoded *", hint=_HINT)
        try:
            purl = read_purl(text)
        except PackageUrlError as error:
            raise InputError(error.message, hint=_HINT) from None
        fixed = (purl.type, purl.version, *(value for _, value in purl.qualifiers))
        if any("*" in value for value in fixed) or ("?" in text and not purl.qualifiers):
            raise InputError(
                f"the package pattern {shown} has a * outside of its name, or a qualifier without a value",
                hint="leave out the version or qualifier to take any; for a range write 'versions'",
            )
        parts = tuple(purl.path.split("/"))
        for part in parts:
            _check_part(part, text)
        _check_namespace(purl, parts, shown)
        return cls(text, purl, parts)

    @property
    def is_exact(self) -> bool:
        """Whether it is one package, and not those that fit a wildcard."""
        return "*" not in self.purl.path

    def matches(self, purl: PackageUrl) -> bool:
        """Whether ``purl`` is one of them; what the pattern names and ``purl`` does not is a difference."""
        wanted = self.purl
        return (
            wanted.type == purl.type
            and (not wanted.version or wanted.version == purl.version)
            and set(wanted.qualifiers) <= set(purl.qualifiers)
            and match_parts(tuple(wanted.exact.split("/")), _parts(purl, purl.exact))
        )

    def may_name(self, purl: PackageUrl) -> bool:
        """Whether ``purl`` may be one of them, whatever its version.

        A qualifier or a distribution that ``purl`` leaves out is no difference: what is denied must not pass
        for saying less.
        """
        if self.purl.type != purl.type:
            return False
        stated = dict(purl.qualifiers)
        if any(stated.get(key, value) != value for key, value in self.purl.qualifiers):
            return False
        parts = _parts(purl, purl.path)
        unstated = not parts[0] or (purl.type in _NAMESPACE_IN_DOUBT and 1 in {len(parts), len(self.parts)})
        return match_parts(self.parts, parts) or (unstated and match_parts(self.parts[-1:], parts[-1:]))

    def matches_purl(self, text: str) -> bool:
        """Whether ``text`` is a package URL that `matches`."""
        try:
            return self.matches(read_purl(text))
        except PackageUrlError:
            return False

    def __str__(self) -> str:
        return safe(self.text, limit=200)


def _parts(purl: PackageUrl, path: str) -> tuple[str, ...]:
    """Namespace and name in ``path``; a distribution that is not stated is an empty one."""
    parts = tuple(path.split("/"))
    return ("", *parts) if len(parts) == 1 and purl.type in _DISTRIBUTIONS else parts


def _check_namespace(purl: PackageUrl, parts: tuple[str, ...], shown: str) -> None:
    """Refuse a pattern that no package can fit."""
    if "**" in parts:
        return
    namespace, slash, _ = purl.path.rpartition("/")
    if purl.type in _WITH_NAMESPACE and not slash:
        raise InputError(
            f"no package fits {shown}: {purl.type} packages have a namespace before their name",
            hint=f"write pkg:{purl.type}/*/{safe(purl.path, limit=100)}, or name the namespace",
        )
    if purl.type in _WITHOUT_NAMESPACE and slash:
        raise InputError(
            f"no package fits {shown}: {purl.type} packages have no namespace before their name",
            hint=f"leave out {safe(namespace, limit=100)}/",
        )


def _check_part(part: str, text: str) -> None:
    if part == "**":
        return
    stem = part.rstrip("*")
    if "**" in part:
        raise InputError(f"in {safe(text, limit=100)!r} ** is not a part of its own", hint=_HINT)
    if stem and stem != part and stem[-1] not in "-_.":
        raise InputError(
            f"the package pattern {safe(text, limit=100)!r} also admits the siblings of {safe(stem)!r}",
            hint=f"write {safe(stem)} for itself, {safe(stem)}-* for names that go on after a dash",
        )


def package_name(text: str) -> str:
    """The name of a package in whatever ecosystem, as it is, or `InputError`."""
    if text != text.strip() or not text or "*" in text or text.startswith("pkg:"):
        raise InputError(
            f"{safe(text, limit=100)!r} is no name of a package",
            hint="a name is compared whole; patterns are for package URLs, under 'purl'",
        )
    return text


class PackageIndex(Generic[T]):
    """Entries under patterns and names, found by package in time that does not grow with their number.

    Only patterns with wildcards are tried one by one.
    """

    def __init__(self) -> None:
        self._exact: dict[tuple[str, str], list[tuple[PackagePattern, T]]] = defaultdict(list)
        self._wild: dict[str, list[tuple[str, str, str, PackagePattern, T]]] = defaultdict(list)
        self._wild_names: dict[str, list[tuple[str, tuple[str, ...], T]]] = defaultdict(list)
        self._names: dict[str, list[T]] = defaultdict(list)
        self._pattern_names: dict[str, list[T]] = defaultdict(list)

    def add_pattern(self, pattern: PackagePattern, entry: T) -> None:
        """Put ``entry`` under the packages of ``pattern``."""
        purl = pattern.purl
        if not pattern.is_exact:
            start, end = purl.path.partition("*")[0], purl.path.rpartition("*")[2]
            name = pattern.parts[-1].partition("*")[0]
            self._wild[purl.type].append((start, end, name, pattern, entry))
            parts = tuple(part.lower() for part in pattern.parts)
            self._wild_names[purl.type].append((parts[-1].partition("*")[0], parts, entry))
            return
        keys = {purl.path, purl.name} if purl.type in _DISTRIBUTIONS | {"cpan"} else {purl.path}
        for key in keys:
            self._exact[purl.type, key].append((pattern, entry))
        for key in _keys_of(purl):
            self._pattern_names[key].append(entry)

    def add_name(self, name: str, entry: T) -> None:
        """Put ``entry`` under the packages that are called ``name``, whatever their ecosystem."""
        for key in _keys(name):
            self._names[key].append(entry)

    def of_purl(self, purl: PackageUrl) -> Iterator[T]:
        """The entries whose pattern may name ``purl``."""
        path = purl.path
        name = purl.name
        in_doubt = purl.type in _NAMESPACE_IN_DOUBT
        for key in dict.fromkeys((path, name) if in_doubt else (path,)):
            for pattern, entry in self._exact.get((purl.type, key), ()):
                if pattern.may_name(purl):
                    yield entry
        unstated = in_doubt or (purl.type in _DISTRIBUTIONS and "/" not in path)
        for start, end, name_start, pattern, entry in self._wild.get(purl.type, ()):
            # Most are told apart by how they begin and end.
            fits = unstated or (path.startswith(start) and path.endswith(end))
            if fits and name.startswith(name_start) and pattern.may_name(purl):
                yield entry

    def candidates(
        self, names: tuple[str, ...], purls: Collection[PackageUrl]
    ) -> Iterator[tuple[T, PackageUrl | None]]:
        """The entries for a package called ``names`` with ``purls``, each with the one that led to it.

        What a name alone led to comes with all of them, or with None where there is none.
        """
        for purl in purls:
            for entry in self.of_purl(purl):
                yield entry, purl
            if self._names:
                for key in _keys_of(purl):
                    for entry in self._names.get(key, ()):
                        yield entry, purl
        for key in dict.fromkeys(key for name in names for key in _spellings(name)):
            for entry in self._names.get(key, ()):
                for one in purls or (None,):
                    yield entry, one

    def nameless(self, name: str, *, grouped: bool = False) -> Iterator[T]:
        """The entries whose pattern is of packages called ``name``: for one that has no package URL.

        The name goes by what stands last in the pattern, or with slashes in it by all of the pattern. A
        pattern that ends with a star is of all names, and this one tells nothing; nor, of one that is
        ``grouped`` and so has a slash in whatever ecosystem, does a pattern of stars alone.
        """
        for key in _keys(name):
            yield from self._pattern_names.get(key, ())
        for kind, entries in self._wild_names.items():
            parts = tuple(normal_path(kind, name.lower()).split("/"))
            for start, wanted, entry in entries:
                by_last = bool(start) or bool(wanted[-1].strip("*"))
                if (by_last and parts[-1].startswith(start) and match_parts(wanted[-1:], parts[-1:])) or (
                    len(parts) > 1
                    and match_parts(wanted, parts)
                    and not (grouped and _STARS.issuperset(wanted))
                ):
                    yield entry


def _keys(name: str) -> tuple[str, str]:
    return name.lower(), "pypi:" + normal_path("pypi", name)


def _keys_of(purl: PackageUrl) -> tuple[str, ...]:
    """PyPI's names are compared by its own rule, all others but for their case, with or without namespace."""
    if purl.type == "pypi":
        return (_keys(purl.name)[1],)
    return tuple(dict.fromkeys((purl.name.lower(), *_spellings(purl.path))))


def _spellings(name: str) -> tuple[str, ...]:
    """``name`` without its case; with a colon after the group, as Maven writes it, and with a slash."""
    name = name.lower()
    if "/" in name:
        return name, ":".join(name.rsplit("/", 1))
    return (name, name.replace(":", "/")) if name.count(":") == 1 else (name,)


def is_called(name: str, whole: str, purl: PackageUrl | None) -> bool:
    """Whether ``name`` is all of the name ``whole`` of a package, or of that in ``purl``.

    The namespace is part of that, but for a distribution's, and where the type has none.
    """
    wanted = name.lower()
    if wanted in _spellings(whole):
        return True
    if purl is None:
        return False
    if purl.type == "pypi":
        return normal_path("pypi", name) == purl.path
    without = purl.type in _DISTRIBUTIONS | _NAMESPACE_IN_DOUBT
    return wanted in _spellings(purl.path) or (without and wanted == purl.name.lower())
