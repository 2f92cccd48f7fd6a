"""Facts on whole SBOMs that several rules ask for."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from verifier.model.package_kinds import is_whole
from verifier.model.sbom import Package, Sbom
from verifier.model.verified import VerifiedStatement

CLOCKS = timedelta(minutes=5)
"""By how much the clock of whoever makes an SBOM may be ahead of the trusted time of its signature."""

# Go's zero time, Unix's, and 1980, which some build tools write instead: what is in an image is younger.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def software(sbom: Sbom) -> list[Package]:
    """The packages that stand for software: not for the image, its layers or its operating system."""
    return [package for package in sbom.packages if not is_whole(package)]


def contents(sbom: Sbom) -> list[Package]:
    """The software that is part of the image by the word of ``sbom``."""
    return [package for package in software(sbom) if package.inside]


def stated_time(sbom: Sbom) -> datetime | None:
    """When ``sbom`` says that it was made; None for a time that only stands for none."""
    return sbom.created if sbom.created is not None and sbom.created >= _NO_TIME else None


def time_place(sbom: Sbom) -> str:
    """Where the document says when it was made."""
    return "$.creationInfo.created" if sbom.format.startswith("SPDX") else "$.metadata.timestamp"


def latest_possible(statement: VerifiedStatement, now: datetime) -> datetime:
    """The time by which what is in ``statement`` was made: when it was signed, or else now."""
    return (statement.signed_at or now) + CLOCKS


def connected(sbom: Sbom) -> set[str]:
    """The elements that relationships of whatever kind and direction connect with what ``sbom`` describes."""
    neighbours: dict[str, list[str]] = defaultdict(list)
    for source, _, target in sbom.relationships:
        neighbours[source].append(target)
        neighbours[target].append(source)
    found: set[str] = set(sbom.describes)
    waiting = list(found)
    while waiting:
        fresh = [element for element in neighbours.pop(waiting.pop(), ()) if element not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found
