"""What the decision on a review needs to know, and from whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from verifier.model.platform import Platform
from verifier.model.report import ImageReport
from verifier.webhook.request import Object

Step = str | int


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image as the object writes it, and the keys and indexes that lead there.

    ``reference`` is what can be parsed; for nearly every field it is ``text`` itself. ``platforms`` are those
    of the nodes that the pod asks for; empty where it does not say.
    """

    text: str
    reference: str
    path: tuple[Step, ...]
    platforms: tuple[Platform, ...] = ()

    @property
    def field(self) -> str:
        """For people: ``spec.containers[0].image``."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return text.removeprefix(".")

    @property
    def pointer(self) -> str:
        """The JSON Pointer (RFC 6901): ``/spec/containers/0/image``."""
        return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in self.path)


class Images(Protocol):
    """Knows where objects name images."""

    def named_in(self, document: Object) -> tuple[NamedImage, ...]:
        """Every image that ``document`` would have run, in the order of the document.

        Raises `ManifestError` for a kind that is not known, and where an image is missing or no text: what
        cannot be read is never left out. Empty for kinds that are known to name none.
        """
        ...


Judged = Mapping[str, ImageReport | None]
"""The judgement of each image, by its reference; None where it was not finished in time."""
