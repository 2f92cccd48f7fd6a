"""The platforms of an image, from verified bytes.

An index is a list of claims about its children; what a child really is stands in its own configuration.
OCI image specification 1.1, image-index.md ("platform") and config.md ("os", "architecture", "variant").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from verifier.errors import AmbiguousDocumentError, LayoutError, LimitExceeded, PlatformError, RegistryError
from verifier.limits import CONFIG_BYTES, CONFIG_VALUES
from verifier.model.descriptor import Content, Descriptor
from verifier.model.evidence import PlatformImage
from verifier.model.manifest import INDEX_TYPES, Index, Manifest
from verifier.model.platform import Platform
from verifier.registry.documents import parse
from verifier.registry.interface import Source
from verifier.registry.places import is_layout
from verifier.strict_json import Json, JsonLimitError, StrictJsonError, loads_object
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class Selection:
    """The children of an index that are judged, and the platforms that were not asked for."""

    judged: tuple[Descriptor, ...]
    left_out: tuple[str, ...]


def select(index: Index, wanted: Sequence[Platform]) -> Selection:
    """Choose the children of ``index`` for the platforms ``wanted``; all that can run where it is empty.

    Raises `PlatformError` where a platform is not there, is there twice, or hides in a nested index:
    which image would run could not be said.
    """
    runnable = [child for child in index.manifests if _can_run(child)]
    for child in runnable:
        if child.media_type in INDEX_TYPES:
            raise PlatformError(
                f"the index has another index among its children ({child.digest})",
                hint="name the inner index by its digest",
            )
    counts = Counter(child.platform for child in runnable if child.platform is not None)
    twice = sorted(str(platform) for platform, count in counts.items() if count > 1)
    if twice:
        raise PlatformError(f"the index is ambiguous: it lists {', '.join(map(safe, twice))} more than once")
    if not runnable:
        raise PlatformError("the index lists no platform that can run")
    if not wanted:
        return Selection(tuple(runnable), ())
    nameless = next((child for child in runnable if child.platform is None), None)
    if nameless is not None:
        # A runtime reads its configuration and may run it, wherever that fits.
        raise PlatformError(
            f"the index does not say what platform {nameless.digest} is for; which image runs cannot be said",
            hint="leave --platform out: then every child of the index is judged",
        )
    judged = [_only(runnable, platform) for platform in dict.fromkeys(wanted)]
    left_out = tuple(_name(child) for child in runnable if child not in judged)
    return Selection(tuple(judged), left_out)


def require_distinct(images: Sequence[PlatformImage]) -> None:
    """Raise `PlatformError` where two of the children that were read are for one platform.

    The index need not say so: what a child without a platform is for stands in its configuration alone.
    """
    counts = Counter(image.platform for image in images)
    twice = sorted(str(platform) for platform, count in counts.items() if count > 1)
    if twice:
        raise PlatformError(f"the index is ambiguous: it has {', '.join(map(safe, twice))} more than once")


def _can_run(child: Descriptor) -> bool:
    # Annotations are no reason to pass a child over: a runtime does not look at them. Without a platform
    # only the child's configuration tells, so it is judged.
    return child.platform is None or child.platform.runnable


def _name(child: Descriptor) -> str:
    return safe(child.platform or child.digest)


def _only(runnable: Sequence[Descriptor], wanted: Platform) -> Descriptor:
    found = [
        child
        for child in runnable
        if child.platform is not None
        and (child.platform.os, child.platform.architecture, child.platform.variant)
        == (wanted.os, wanted.architecture, wanted.variant)
    ]
    if len(found) == 1:
        return found[0]
    there = ", ".join(sorted(_name(child) for child in runnable))
    if not found:
        raise PlatformError(
            f"the image has no platform {wanted}; it has {there}", hint="choose one of these with --platform"
        )
    raise PlatformError(f"the image has {len(found)} manifests for {wanted}; which one runs cannot be said")


def read_child(source: Source, child: Descriptor) -> PlatformImage:
    """Read a child of an index and its configuration.

    Raises `PlatformError` where it is not what the index says, and what ``source`` raises.
    """
    content = source.manifest(child.digest)
    if content is None:
        raise _missing(source, f"the manifest {child.digest} of {_name(child)}")
    if (content.descriptor.media_type, len(content.raw)) != (child.media_type, child.size):
        raise PlatformError(
            f"the manifest of {_name(child)} is not of the type and size that the index states"
        )
    document = parse(content)
    if not isinstance(document, Manifest):
        raise PlatformError(f"the child {child.digest} of the index is not an image")
    image = _platform_image(source, content, document)
    claimed, actual = child.platform, image.platform
    if actual is None:
        raise PlatformError(f"the configuration of {_name(child)} does not say what platform it is for")
    if claimed is not None and not _agree(claimed, actual, image):
        raise PlatformError(
            f"the index says {safe(claimed)}, the image's own configuration says {safe(actual)}"
        )
    return image if claimed is None else replace(image, platform=claimed)


def _agree(claimed: Platform, actual: Platform, image: PlatformImage) -> bool:
    if (claimed.os, claimed.architecture) != (actual.os, actual.architecture):
        return False
    # Many builders leave the variant out of the configuration; `Platform.of` has filled in a default.
    return not image.config.get("variant") or claimed.variant == actual.variant


def read_single(source: Source, content: Content, manifest: Manifest) -> PlatformImage:
    """Read the configuration of an image that is no index."""
    return _platform_image(source, content, manifest)


def _platform_image(source: Source, content: Content, manifest: Manifest) -> PlatformImage:
    raw = source.blob(manifest.config, limit=CONFIG_BYTES).raw
    try:
        config = loads_object(raw, limit=CONFIG_BYTES, values=CONFIG_VALUES)
    except JsonLimitError as error:
        raise LimitExceeded(f"the image's configuration is too large: {error}") from None
    except StrictJsonError as error:
        raise AmbiguousDocumentError(f"the image's configuration is malformed: {safe(error)}") from None
    return PlatformImage(
        _platform(config), content.digest, config, manifest.annotations, len(manifest.layers)
    )


def _platform(config: dict[str, Json]) -> Platform | None:
    os, architecture, variant = (config.get(name, "") for name in ("os", "architecture", "variant"))
    if not (isinstance(os, str) and isinstance(architecture, str) and isinstance(variant, str)):
        raise PlatformError("the image's configuration names its platform in something other than text")
    return Platform.of(os, architecture, variant) if os and architecture else None


def _missing(source: Source, what: str) -> RegistryError | LayoutError:
    kind = LayoutError if is_layout(source) else RegistryError
    return kind(f"{what} is not in {safe(source.name)}")
