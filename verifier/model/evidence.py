"""All that a rule may see of one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.model.bundle import Rejection, Unreadable, Unsigned
from verifier.model.digest import Digest
from verifier.model.platform import Platform
from verifier.model.verified import VerifiedStatement
from verifier.strict_json import Json


@dataclass(frozen=True, slots=True)
class PlatformImage:
    """One platform's manifest and configuration, taken from verified bytes.

    ``platform`` is None for an image that is no index and whose configuration names none. ``annotations``
    are those of its manifest, ``layers`` how many that lists.
    """

    platform: Platform | None
    digest: Digest
    config: Mapping[str, Json]
    annotations: Mapping[str, str] = field(default_factory=dict)
    layers: int = 0


_LISTED_BY_OTHERS = Unreadable(
    "shared evidence",
    "CacheError",
    "another replica listed it, and may have left something out",
    "the registry itself is asked where a rule could refuse what was left out",
)


@dataclass(frozen=True, slots=True)
class ImageEvidence:
    """The facts about one image.

    ``digest`` is what the reference resolved to: an index where ``is_index``, else the one manifest.
    ``annotations`` are those of the document at ``digest``; ``statements`` are about ``digest`` or one of
    ``platforms``; ``platforms`` is never empty in a pass. ``is_second_hand`` says that nobody here asked a
    registry what there is: somebody else did, and may have left something out.
    """

    name: str
    digest: Digest
    media_type: str
    is_index: bool
    platforms: tuple[PlatformImage, ...]
    statements: tuple[VerifiedStatement, ...]
    rejections: tuple[Rejection, ...]
    unsigned: tuple[Unsigned, ...]
    unreadable: tuple[Unreadable, ...]
    searched: tuple[str, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    is_second_hand: bool = False

    @property
    def withheld(self) -> tuple[Unreadable, ...]:
        """What could not be read and may be evidence.

        Of which kind is not known: media types, artifact types and annotations are signed by nobody.
        """
        return (*self.unread, _LISTED_BY_OTHERS) if self.is_second_hand else self.unread

    @property
    def unread(self) -> tuple[Unreadable, ...]:
        """Of that, what was listed, and every place whose list could not be had."""
        unread = (
            Unreadable(f"{item.digest} ({', '.join(item.stored_at)})", item.code, item.reason)
            for item in self.rejections
            if item.is_unread
        )
        return (*(item for item in self.unreadable if item.may_count), *unread)
