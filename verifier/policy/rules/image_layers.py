"""The image has as many layers as it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.outcome import denied, passed


@dataclass(frozen=True, slots=True)
class ImageLayers:
    """The manifest lists from ``least`` to ``most`` layers; None where there is no such bound."""

    id: ClassVar[str] = "image-layers"
    signers: ClassVar[tuple[str, ...]] = ()
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    least: int | None
    most: int | None

    def asks(self) -> str:
        """See `Rule.asks`."""
        bounds = [f"at least {self.least}"] if self.least is not None else []
        bounds += [f"at most {self.most}"] if self.most is not None else []
        return f"the image has {' and '.join(bounds)} layers"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        count = case.platform.layers
        has = f"the image has {count} layer{'' if count == 1 else 's'}"
        if self.least is not None and count < self.least:
            hint = "is it the image that it should be? A truncated one has fewer layers"
            yield denied(self.id, case, f"{has}, and at least {self.least} are wanted", hint=hint)
        elif self.most is not None and count > self.most:
            hint = "build it in several stages, or join steps that belong together"
            yield denied(self.id, case, f"{has}, and at most {self.most} are wanted", hint=hint)
        else:
            yield passed(self.id, case, has)


def build(options: Mapping[str, Any], _: Context) -> ImageLayers:
    """Make the rule from its options. Raises `OptionError`."""
    least, most = options.get("min"), options.get("max")
    if least is None and most is None:
        raise OptionError("it has neither 'min' nor 'max', so it asks for nothing")
    if least is not None and most is not None and least > most:
        raise OptionError(f"no image has at least {least} and at most {most} layers", path=("max",))
    return ImageLayers(least, most)


SPEC = RuleSpec(
    id=ImageLayers.id,
    title="Number of layers",
    what="""\
How many layers the manifest of every platform lists. Runtimes have a limit (127 with overlayfs), and images
that are meant to be one layer show by a second one that something was added.""",
    options={
        "min": {"type": "integer", "minimum": 1, "maximum": 10_000, "description": "At least so many."},
        "max": {"type": "integer", "minimum": 1, "maximum": 10_000, "description": "At most so many."},
    },
    example="""\
- image-layers:
    max: 20
""",
    fix="Build the image in fewer steps or in several stages, so that the last one takes over only results.",
    build=build,
)
