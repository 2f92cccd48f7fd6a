"""OpenVEX statements, applied to what a scan found.

https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md. A statement suppresses a finding only where it
names this image, or the package, in a way that can mean nothing else; and the newest that applies decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from verifier.errors import PackageUrlError, StatementError
from verifier.limits import VEX_COMPARISONS
from verifier.model.digest import Digest
from verifier.model.predicate import matches
from verifier.model.verified import VerifiedStatement
from verifier.packages.purls import PackageUrl, read_purl
from verifier.policy.interface import Case
from verifier.policy.predicates.findings import Vulnerability
from verifier.policy.predicates.openvex import JUSTIFICATIONS, Component, VexStatement, read_vex
from verifier.policy.times import days

STATUSES = ("not_affected", "fixed")
"""Those that suppress a finding."""
_IMAGE_TYPES = {"oci", "docker"}


@dataclass(frozen=True, slots=True)
class Vex:
    """Whose statements count, which of their statuses and justifications, and how old they may be."""

    signers: tuple[str, ...]
    statuses: tuple[str, ...]
    justifications: tuple[str, ...]
    max_age: timedelta | None = None

    def __str__(self) -> str:
        only = [] if self.statuses == STATUSES else [f"only {' or '.join(self.statuses)}"]
        if self.justifications != JUSTIFICATIONS:
            only.append(f"not_affected only as {' or '.join(self.justifications)}")
        only += [f"not more than {days(self.max_age)} ago"] if self.max_age else []
        said = f" ({'; '.join(only)})" if only else ""
        return f"by {' or '.join(self.signers)}{said}"

    def statements(self, case: Case) -> Iterator[VerifiedStatement]:
        """The OpenVEX attestations about the platform or its index that count."""
        for statement in case.by(self.signers):
            content = statement.statement
            if (
                content is not None
                and matches("openvex", content.predicate_type)
                and not {case.platform.digest, case.image.digest}.isdisjoint(statement.about)
                and self._is_young(statement, case)
            ):
                yield statement

    def suppresses(self, said: VexStatement) -> bool:
        """Whether ``said``, where it applies, makes a finding harmless. An impact in prose does not."""
        return said.status in self.statuses and (
            said.status != "not_affected" or said.justification in self.justifications
        )

    def _is_young(self, statement: VerifiedStatement, case: Case) -> bool:
        if self.max_age is None:
            return True
        return statement.signed_at is not None and case.now - statement.signed_at <= self.max_age


class _Said(NamedTuple):
    """A statement, when it was made at the latest, whether it suppresses, and the blob that holds it."""

    statement: VexStatement
    at: datetime
    suppresses: bool
    evidence: Digest

    @property
    def cost(self) -> int:
        """How many comparisons it takes."""
        return 1 + sum(1 + len(product.subcomponents) for product in self.statement.products)


class VexJoin:
    """The statements that ``vex`` admits for one platform, and which findings they suppress.

    ``problem`` says why none is applied; ``used`` are the blobs of those that suppressed something.
    """

    def __init__(self, vex: Vex | None, case: Case) -> None:
        self._image = _Image.of(case)
        self._by_name: Mapping[str, list[_Said]] = {}
        self._left = VEX_COMPARISONS
        self.problem: str | None = None
        self.used: dict[Digest, None] = {}
        try:
            self._by_name = _index(vex, case) if vex else {}
        except StatementError as error:
            # What cannot be read may be the newest word, and say the opposite.
            self.problem = f"an OpenVEX document cannot be read: {error.message}"

    def open(self, found: Iterable[Vulnerability]) -> list[Vulnerability]:
        """Those of ``found`` that no statement suppresses."""
        return [vulnerability for vulnerability in found if not self._suppressed(vulnerability)]

    def _suppressed(self, vulnerability: Vulnerability) -> bool:
        said = [] if self.problem is not None else self._about(vulnerability)
        purl = _purl(vulnerability.purl)
        applying = [item for item in said if self._applies(item, purl)]
        newest = max((item.at for item in applying), default=None)
        last = [item for item in applying if item.at == newest]
        if not last or not all(item.suppresses for item in last):
            return False
        self.used.update(dict.fromkeys(item.evidence for item in last))
        return True

    def _about(self, vulnerability: Vulnerability) -> list[_Said]:
        """The statements on ``vulnerability``, each once; none where that is more than is bearable."""
        lists = [self._by_name.get(name.upper(), []) for name in vulnerability.names]
        self._left -= sum(item.cost for said in lists for item in said)
        if self._left < 0:
            self.problem = f"more than {VEX_COMPARISONS} comparisons would be needed"
            return []
        return list({id(item.statement): item for said in lists for item in said}.values())

    def _applies(self, said: _Said, purl: PackageUrl | None) -> bool:
        products = said.statement.products
        if said.suppresses:
            return any(self._covers(product, purl) for product in products)
        # A word against suppressing applies in doubt, one for it does not.
        return not products or any(self._may_cover(product, purl) for product in products)

    def _covers(self, product: Component, purl: PackageUrl | None) -> bool:
        if not product.subcomponents:
            return self._image.is_named_by(product) or _names_package(product, purl)
        return self._image.is_named_by(product) and any(
            _names_package(part, purl) for part in product.subcomponents
        )

    def _may_cover(self, product: Component, purl: PackageUrl | None) -> bool:
        """Whether ``product`` is not clearly something else than the finding's package in this image."""
        named = bool(_purls(product)) and _may_name_package(product, purl)
        parts = product.subcomponents
        return (named or self._image.may_be(product)) and (
            not parts or any(_may_name_package(part, purl) for part in parts)
        )


def _index(vex: Vex, case: Case) -> Mapping[str, list[_Said]]:
    """The statements under the names of their vulnerabilities, in upper case. Raises `StatementError`."""
    found: defaultdict[str, list[_Said]] = defaultdict(list)
    for attestation in vex.statements(case):
        content = attestation.statement
        for said in read_vex(content).statements if content else ():
            # A document may be dated into the future; it was not signed later than this.
            at = min(said.at, attestation.signed_at or case.now)
            item = _Said(said, at, vex.suppresses(said), attestation.evidence)
            for name in {name.upper() for name in said.names}:
                found[name].append(item)
    return found


@dataclass(frozen=True, slots=True)
class _Image:
    """What identifies the image: the digests of the platform and of its index, and its name."""

    digests: Sequence[Digest]
    name: str
    platform: Mapping[str, str]

    @classmethod
    def of(cls, case: Case) -> _Image:
        platform = case.platform.platform
        parts = {"os": platform.os, "arch": platform.architecture} if platform else {}
        return cls((case.platform.digest, case.image.digest), case.name.lower(), parts)

    def is_named_by(self, component: Component) -> bool:
        """Whether ``component`` is this image: by a digest, or as all versions in this repository."""
        if component.sha256 and component.sha256.lower() in {digest.hex for digest in self.digests}:
            return True
        return any(map(self._is, _purls(component)))

    def may_be(self, component: Component) -> bool:
        """Whether ``component`` is not clearly something else than this image."""
        if self.is_named_by(component):
            return True
        purls = _purls(component)
        return any(map(self._may_be, purls)) if purls else not component.sha256

    def _is(self, purl: PackageUrl) -> bool:
        if not self._fits(purl):
            return False
        if purl.version:
            # A tag may have been moved since.
            return purl.version.lower() in {str(digest) for digest in self.digests}
        repository = _repository(purl)
        return purl.type == "oci" and bool(repository) and repository == self.name

    def _may_be(self, purl: PackageUrl) -> bool:
        """By a tag, or without a repository, it is this one for all that is known."""
        repository = _repository(purl)
        return (
            self._fits(purl)
            and not purl.version.lower().startswith("sha256:")
            and purl.name.lower() == self.name.rpartition("/")[2]
            and (not repository or f"{self.name}/".startswith(f"{repository}/"))
        )

    def _fits(self, purl: PackageUrl) -> bool:
        """Whether it is an image, and not of another platform."""
        qualifiers = dict(purl.qualifiers)
        return purl.type in _IMAGE_TYPES and all(
            qualifiers.get(key, value) == value for key, value in self.platform.items()
        )


def _repository(purl: PackageUrl) -> str:
    return dict(purl.qualifiers).get("repository_url", "").lower().removeprefix("index.")


def _purls(component: Component) -> list[PackageUrl]:
    """Those of its identifiers that are package URLs."""
    return [purl for purl in map(_purl, component.identifiers) if purl is not None]


def _purl(text: str) -> PackageUrl | None:
    try:
        return read_purl(text) if text else None
    except PackageUrlError:
        return None


def _names_package(component: Component, purl: PackageUrl | None) -> bool:
    """Whether ``component`` is the package: what it says more than the finding does is a difference."""
    return purl is not None and any(
        (named.type, named.exact) == (purl.type, purl.exact)
        and named.version in {"", purl.version}
        and set(named.qualifiers) <= set(purl.qualifiers)
        for named in _purls(component)
        if named.type not in _IMAGE_TYPES
    )


def _may_name_package(component: Component, purl: PackageUrl | None) -> bool:
    """Whether ``component`` is not clearly another package: what one of the two leaves out is no difference.

    Where the finding names none, and where the component names one in words of its own, it may be.
    """
    purls = _purls(component)
    packages = [named for named in purls if named.type not in _IMAGE_TYPES]
    if purl is None or not purls:
        return bool(packages) or not purls
    return any(_may_be_one(named, purl) for named in packages)


def _may_be_one(first: PackageUrl, second: PackageUrl) -> bool:
    stated = dict(second.qualifiers)
    both_with_namespace = "/" in first.path and "/" in second.path
    return (
        first.type == second.type
        and (first.path == second.path or (first.name == second.name and not both_with_namespace))
        and (not first.version or not second.version or first.version == second.version)
        and all(stated.get(key, value) == value for key, value in first.qualifiers)
    )
