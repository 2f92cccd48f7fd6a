"""What changed from one SBOM to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cmp_to_key
from typing import NamedTuple

from verifier.errors import PackageUrlError, VersionError
from verifier.model.sbom import Package, Sbom
from verifier.packages.purls import read_purl
from verifier.packages.versions import compare as compare_versions

_SEVERAL = 2


class Change(NamedTuple):
    """One package before and after."""

    old: Package
    new: Package


@dataclass(frozen=True, slots=True)
class SbomDifference:
    """The packages that differ, each list by name.

    A package whose version changed stands in ``versions``, and in ``licenses`` too where its licence changed
    with it.
    """

    added: tuple[Package, ...]
    removed: tuple[Package, ...]
    versions: tuple[Change, ...]
    licenses: tuple[Change, ...]


def compare(old: Sbom, new: Sbom) -> SbomDifference:
    """Compare two SBOMs by their packages; element identifiers and order do not matter.

    A package is the same where its package URL is, apart from version, qualifiers (they name architecture
    and distribution) and subpath; without one, where its name is. Of several versions of one package those
    in both SBOMs belong together, and the others in the order of their versions.
    """
    before, after = _by_key(old.packages), _by_key(new.packages)
    added: list[Package] = []
    removed: list[Package] = []
    pairs: list[Change] = []
    for key in before.keys() | after.keys():
        kept, gone, come = _pair(before.get(key, []), after.get(key, []))
        pairs += kept
        removed += gone
        added += come
    return SbomDifference(
        added=tuple(sorted(added, key=_order)),
        removed=tuple(sorted(removed, key=_order)),
        versions=_changes(pair for pair in pairs if pair.old.version != pair.new.version),
        licenses=_changes(pair for pair in pairs if _licenses(pair.old) != _licenses(pair.new)),
    )


def package_key(package: Package) -> str:
    """Name ``package`` without its version: the package URL, normalised, with type, namespace and name alone.

    One that cannot be read is cut down to that as well as it goes.
    """
    if not package.purls:
        return package.name
    try:
        purl = read_purl(package.purls[0])
    except PackageUrlError:
        return _cut(package.purls[0])
    return f"pkg:{purl.type}/{purl.exact}"


def _cut(purl: str) -> str:
    path = purl.partition("#")[0].partition("?")[0]
    name, separator, version = path.rpartition("@")
    # An "@" right after a slash belongs to the namespace (pkg:npm/@scope/name), escaped or not.
    has_version = separator and "/" not in version and not name.endswith("/")
    scheme, colon, rest = (name if has_version else path).partition(":")
    kind, slash, what = rest.lstrip("/").partition("/")
    return f"{scheme.lower()}{colon}{kind.lower()}{slash}{what}"


def _by_key(packages: Iterable[Package]) -> dict[str, list[Package]]:
    found: dict[str, list[Package]] = defaultdict(list)
    for package in packages:
        found[package_key(package)].append(package)
    return found


def _pair(before: list[Package], after: list[Package]) -> tuple[list[Change], list[Package], list[Package]]:
    """Put the versions of one package together: pairs, then those that are gone, and those that came."""
    waiting: dict[str, list[Package]] = defaultdict(list)
    for package in reversed(_by_version(after)):
        waiting[package.version].append(package)
    pairs: list[Change] = []
    gone: list[Package] = []
    for package in _by_version(before):
        same = waiting[package.version]
        if same:
            pairs.append(Change(package, same.pop()))
        else:
            gone.append(package)
    come = _by_version(package for group in waiting.values() for package in group)
    changed = min(len(gone), len(come))
    pairs += map(Change, gone[:changed], come[:changed])
    return pairs, gone[changed:], come[changed:]


def _by_version(packages: Iterable[Package]) -> list[Package]:
    """``packages``, which are one in several versions, in the order of these; by their texts without one."""
    ordered = sorted(packages, key=_order)
    if len(ordered) < _SEVERAL or not ordered[0].purls:
        return ordered
    kind = ordered[0].purls[0].partition(":")[2].lstrip("/").partition("/")[0].lower()

    def order(one: Package, other: Package) -> int:
        return compare_versions(kind, one.version, other.version)

    try:
        return sorted(ordered, key=cmp_to_key(order))
    except VersionError:
        return ordered


def _changes(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: _order(change.new)))


def _licenses(package: Package) -> tuple[str, str]:
    return package.license_declared, package.license_concluded


def _order(package: Package) -> tuple[str, ...]:
    return package.name, package.version, *package.purls, package.element_id
