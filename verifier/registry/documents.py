"""Read image indexes and manifests so that nobody else can read them differently.

A document that one tool takes for an index and another for a manifest lets the signature of one vouch for
the other (CVE-2021-41190), so everything ambiguous is refused: two shapes in one document, two media types,
keys that differ in case alone (Go's decoder takes either), duplicate keys.
OCI image specification 1.1, image-index.md, manifest.md, descriptor.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from verifier.errors import (
    AmbiguousDocumentError,
    InputError,
    LimitExceeded,
    OtherDocumentError,
    PlatformError,
    RegistryError,
    RejectedError,
)
from verifier.limits import DESCRIPTOR_SIZE, EVIDENCE_ITEMS, INDEX_MANIFESTS, MANIFEST_BYTES, MANIFEST_VALUES
from verifier.model.descriptor import Content, Descriptor, Listing, UnreadEntry
from verifier.model.digest import Digest
from verifier.model.manifest import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    Document,
    Index,
    Manifest,
)
from verifier.model.platform import Platform
from verifier.strict_json import Json, JsonLimitError, NotJsonError, StrictJsonError, loads_object
from verifier.text import safe

_DOCUMENT_KEYS: Final = frozenset(
    {"schemaVersion", "mediaType", "manifests", "config", "layers", "annotations", "artifactType", "subject"}
)
_DESCRIPTOR_KEYS: Final = frozenset(
    {"mediaType", "digest", "size", "annotations", "platform", "artifactType", "data", "urls"}
)
_PLATFORM_KEYS: Final = frozenset({"os", "architecture", "variant", "os.version", "os.features", "features"})
# What containerd and Docker would fold to lower case, or replace by the host's own, is refused instead.
_PLATFORM_NAME = re.compile(r"[a-z0-9_.-]{1,32}")
_OS_VERSION = re.compile(r"[A-Za-z0-9_.+-]{0,64}")


def describe(raw: bytes, *, content_type: str | None) -> Descriptor:
    """Give media type, digest and size of an index or manifest.

    ``content_type`` is what a registry said; None for a layout, where the shape decides for a document
    without ``mediaType``. Raises `AmbiguousDocumentError`, of which `OtherDocumentError` is one;
    `LimitExceeded` for too many bytes;
    `RegistryError` where a registry sent something that is no JSON at all.
    """
    claimed = None if content_type is None else content_type.partition(";")[0].strip()
    try:
        document = _load(raw)
    except NotJsonError as error:
        if claimed is None:
            raise OtherDocumentError(f"not an image index or manifest: {safe(error)}") from None
        raise RegistryError(
            f"the registry sent {safe(claimed or 'no content type', limit=80)} instead of a manifest",
            hint="a proxy or a login page may have answered in the registry's place",
        ) from None
    return Descriptor(_media_type(document, claimed), Digest.of(raw), len(raw))


def parse(content: Content, *, manifests: int = INDEX_MANIFESTS) -> Document:
    """Decode an index or manifest whose descriptor came from `describe`.

    ``manifests`` is how many an index may list; listings of referrers and layouts may be longer than images.
    Raises `AmbiguousDocumentError`, `PlatformError` and `LimitExceeded`; nothing else, whatever it holds.
    """
    try:
        document = _load(content.raw)
    except NotJsonError as error:
        raise OtherDocumentError(f"not an image index or manifest: {safe(error)}") from None
    media_type = _media_type(document, content.descriptor.media_type)
    subject = document.get("subject")
    about = None if subject is None else _descriptor(subject, "$.subject")
    annotations = _annotations(document.get("annotations"), "$.annotations")
    artifact_type = _text(document.get("artifactType"), "$.artifactType")
    if media_type in INDEX_TYPES:
        listed = _descriptors(document["manifests"], "$.manifests", manifests)
        return Index(media_type, listed, annotations, artifact_type, about)
    config = _descriptor(document["config"], "$.config")
    layers = _descriptors(document["layers"], "$.layers", EVIDENCE_ITEMS)
    return Manifest(media_type, config, layers, annotations, artifact_type, about)


def parse_listing(raw: bytes) -> Listing:
    """Decode a list of what refers to an image, entry by entry: whoever attaches something writes into it.

    Of an entry only the digest is needed, for what lies there says itself what it is. Raises
    `AmbiguousDocumentError` where it is no such list, and `LimitExceeded`.
    """
    try:
        document = _load(raw)
    except NotJsonError as error:
        raise OtherDocumentError(f"not a list of referrers: {safe(error)}") from None
    if "manifests" not in document or not {"config", "layers"}.isdisjoint(document):
        raise AmbiguousDocumentError("it is no index, and should be a list of referrers")
    listed = document["manifests"]
    if listed is None:  # Go writes an empty list so
        return Listing()
    if not isinstance(listed, list):
        raise AmbiguousDocumentError("$.manifests is not a list")
    if len(listed) > EVIDENCE_ITEMS:
        raise LimitExceeded(
            f"$.manifests has {len(listed)} entries; the most that are read are {EVIDENCE_ITEMS}"
        )
    read = [_listed(entry, f"$.manifests[{number}]") for number, entry in enumerate(listed)]
    return Listing(
        tuple(item for item in read if isinstance(item, Descriptor)),
        tuple(item for item in read if isinstance(item, UnreadEntry)),
    )


def _listed(node: Json, at: str) -> Descriptor | UnreadEntry:
    try:
        return _descriptor(node, at)
    except (RejectedError, LimitExceeded) as error:
        problem = error.message
    digest: Json = None
    try:
        digest = _object(node, _DESCRIPTOR_KEYS, at).get("digest")
        return Descriptor(OCI_MANIFEST, Digest.parse(_text(digest, at)), 0)
    except (RejectedError, InputError):
        return UnreadEntry(safe(digest, limit=150) if isinstance(digest, str) else at, problem)


def _load(raw: bytes) -> dict[str, Json]:
    if len(raw) > MANIFEST_BYTES:
        raise LimitExceeded(f"a manifest of more than {MANIFEST_BYTES} bytes")
    try:
        document = loads_object(raw, limit=MANIFEST_BYTES, values=MANIFEST_VALUES)
    except NotJsonError:
        raise
    except JsonLimitError as error:
        raise LimitExceeded(f"a manifest is too large: {error}") from None
    except StrictJsonError as error:
        raise AmbiguousDocumentError(f"ambiguous document: {safe(error)}") from None
    _refuse_twins(document, _DOCUMENT_KEYS, "$")
    return document


def _media_type(document: Mapping[str, Json], claimed: str | None) -> str:
    """Settle what the document is, from its ``mediaType``, what it was announced as, and its shape."""
    is_index = _is_index(document)
    stated = _text(document.get("mediaType"), "$.mediaType")
    if stated and claimed and stated != claimed:
        raise AmbiguousDocumentError(
            f"ambiguous document: {safe(stated, limit=100)}, sent as {safe(claimed, limit=100)}"
        )
    media_type = stated or claimed
    if not media_type:
        if claimed is not None:
            raise AmbiguousDocumentError("the document has neither a mediaType nor a content type")
        media_type = OCI_INDEX if is_index else OCI_MANIFEST
    if media_type not in (INDEX_TYPES if is_index else MANIFEST_TYPES):
        shape = "an image index" if is_index else "a manifest"
        raise AmbiguousDocumentError(f"{safe(media_type, limit=100)} is not the type of {shape}")
    return media_type


def _is_index(document: Mapping[str, Json]) -> bool:
    version = document.get("schemaVersion")
    if type(version) is not int or version != 2:
        raise AmbiguousDocumentError(f"$.schemaVersion is {safe(version, limit=40)}, and only 2 is supported")
    # fsLayers belong to schema 1, blobs to an artifact manifest that OCI withdrew.
    shape = {"manifests", "config", "layers", "fsLayers", "blobs"} & document.keys()
    if shape in ({"manifests"}, {"config", "layers"}):
        return shape == {"manifests"}
    kind = AmbiguousDocumentError if shape & {"manifests", "config", "layers"} else OtherDocumentError
    raise kind(
        "ambiguous document: not exactly one of image index (manifests) and manifest (config, layers); "
        f"it has {', '.join(sorted(shape)) or 'neither'}"
    )


def _refuse_twins(node: Mapping[str, Json], known: frozenset[str], at: str) -> None:
    """Refuse keys that a case-insensitive decoder takes for one of ``known``."""
    folded = {key.casefold() for key in known}
    for key in node:
        if key not in known and key.casefold() in folded:
            raise AmbiguousDocumentError(f"ambiguous document: {at} has the key {safe(key, limit=40)!r}")


def _object(node: Json, known: frozenset[str], at: str) -> dict[str, Json]:
    if not isinstance(node, dict):
        raise AmbiguousDocumentError(f"{at} is not an object")
    _refuse_twins(node, known, at)
    return node


def _text(node: Json, at: str) -> str:
    """Give a string, or ``""`` for a member that is absent or null (which Go's decoder treats alike)."""
    if node is None:
        return ""
    if not isinstance(node, str):
        raise AmbiguousDocumentError(f"{at} is not a string")
    return node


def _annotations(node: Json, at: str) -> dict[str, str]:
    if node is None:
        return {}
    if not isinstance(node, dict):
        raise AmbiguousDocumentError(f"{at} is not an object")
    values: dict[str, str] = {}
    for key, value in node.items():
        if not isinstance(value, str):
            raise AmbiguousDocumentError(f"{at}[{safe(key, limit=80)!r}] is not a string")
        values[key] = value
    return values


def _descriptors(node: Json, at: str, limit: int) -> tuple[Descriptor, ...]:
    if node is None:  # Go writes an empty list so
        return ()
    if not isinstance(node, list):
        raise AmbiguousDocumentError(f"{at} is not a list")
    if len(node) > limit:
        raise LimitExceeded(f"{at} has {len(node)} entries; the most that are read are {limit}")
    return tuple(_descriptor(entry, f"{at}[{number}]") for number, entry in enumerate(node))


def _descriptor(node: Json, at: str) -> Descriptor:
    entry = _object(node, _DESCRIPTOR_KEYS, at)
    digest, size = entry.get("digest"), entry.get("size")
    if not isinstance(digest, str):
        raise AmbiguousDocumentError(f"{at}.digest is not a string")
    if type(size) is not int:
        raise AmbiguousDocumentError(f"{at}.size is not an integer")
    if not 0 <= size <= DESCRIPTOR_SIZE:
        raise LimitExceeded(f"{at}.size is {size}")
    try:
        parsed = Digest.parse(digest)
    except InputError as error:
        raise AmbiguousDocumentError(f"{at}.digest: {error.message}") from None
    media_type = _text(entry.get("mediaType"), f"{at}.mediaType")
    if not media_type:
        raise AmbiguousDocumentError(f"{at}.mediaType is missing")
    # `data` and `urls` are not read: content always comes from the same place, and is hashed.
    return Descriptor(
        media_type,
        parsed,
        size,
        _annotations(entry.get("annotations"), f"{at}.annotations"),
        _platform(entry.get("platform"), f"{at}.platform"),
        _text(entry.get("artifactType"), f"{at}.artifactType"),
    )


def _platform(node: Json, at: str) -> Platform | None:
    if node is None:
        return None
    entry = _object(node, _PLATFORM_KEYS, at)
    os, architecture, variant, version = (
        _text(entry.get(key), f"{at}.{key}") for key in ("os", "architecture", "variant", "os.version")
    )
    names = [os, architecture, *([variant] if variant else [])]
    if not all(_PLATFORM_NAME.fullmatch(name) for name in names) or not _OS_VERSION.fullmatch(version):
        raise PlatformError(
            f"{at} is not a platform: {safe('/'.join(names), limit=100)!r}",
            hint="a runtime would guess what is meant; the index must name operating system and architecture",
        )
    return Platform.of(os, architecture, variant, version)
