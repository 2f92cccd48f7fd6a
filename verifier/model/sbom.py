"""An SBOM, independent of the format it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from verifier.model.digest import Digest


class Package(NamedTuple):
    """One package of an SBOM; ``""`` or empty where the document says nothing.

    ``license_declared`` and ``license_concluded`` are verbatim, ``NOASSERTION`` included. ``path`` is where
    it stands in the document: ``$.packages[3]``. ``group`` is what ``name`` begins with, before a slash,
    where the format has the two apart. Not ``inside`` are those that the document lists and that are, by its
    word, no part of what it describes. (A named tuple, since documents hold tens of thousands.)
    """

    element_id: str
    name: str
    version: str
    supplier: str
    originator: str
    download_location: str
    license_declared: str
    license_concluded: str
    purls: tuple[str, ...]
    checksums: tuple[tuple[str, str], ...]
    purpose: str
    files_analyzed: bool
    path: str
    group: str = ""
    inside: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called: its name, and that without its group."""
        return (self.name, self.name[len(self.group) + 1 :]) if self.group else (self.name,)


class Relationship(NamedTuple):
    """``source`` stands in the relation ``type`` to ``target``; element identifiers."""

    source: str
    type: str
    target: str


class ExtractedLicense(NamedTuple):
    """A licence that the document itself defines."""

    license_id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sbom:
    """The decoded document.

    ``format`` such as ``SPDX-2.3``; ``describes`` the identifiers of the elements that it is about (its
    roots); ``files`` how many files it lists.
    """

    format: str
    name: str
    namespace: str
    created: datetime | None
    creators: tuple[str, ...]
    describes: tuple[str, ...]
    packages: tuple[Package, ...]
    relationships: tuple[Relationship, ...]
    extracted_licenses: tuple[ExtractedLicense, ...]
    files: int


class ImageBinding(NamedTuple):
    """What an SBOM says of the image that it describes.

    ``digests`` are the sha256 digests that its root elements carry (checksum, version, name or package
    URL); ``lists_only_images`` is true where every package is an image, manifest or index: the stub that
    lies on an image index.
    """

    digests: tuple[Digest, ...]
    lists_only_images: bool


@dataclass(frozen=True, slots=True)
class DecodedSbom:
    """What decoding an attested SBOM gave: the document and its binding, or why it cannot be used."""

    sbom: Sbom | None
    binding: ImageBinding | None
    code: str | None = None
    problem: str | None = None


class ValidationProblem(NamedTuple):
    """One thing that is wrong with an SBOM: with which element of it, and what. Both are safe to show."""

    element: str
    message: str
