"""The image has the labels that it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.model.finding import Finding
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.image_config import judged, labels
from verifier.policy.rules.options import at
from verifier.policy.rules.outcome import denied, passed
from verifier.policy.text_patterns import TextMatcher, compiled
from verifier.text import safe


@dataclass(frozen=True, slots=True)
class ImageLabels:
    """Each label of ``required`` is there, with a value that its matcher wants, or any where that is None;
    none of ``denied`` is."""

    id: ClassVar[str] = "image-labels"
    signers: ClassVar[tuple[str, ...]] = ()
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    required: tuple[tuple[str, TextMatcher | None], ...]
    denied: tuple[str, ...]

    def asks(self) -> str:
        """See `Rule.asks`."""
        wanted = [safe(name) if value is None else f"{safe(name)}={value}" for name, value in self.required]
        parts = [f"the image has the labels {', '.join(wanted)}"] if wanted else []
        parts += [f"it has no label {' or '.join(map(safe, self.denied))}"] if self.denied else []
        return " and ".join(parts)

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return judged(self.id, case, lambda: self._look(case))

    def _look(self, case: Case) -> Iterator[Finding]:
        found = labels(case)
        problems = [self._missing(case, name, wanted, found.get(name)) for name, wanted in self.required]
        problems += [self._unwanted(case, name) for name in self.denied if name in found]
        real = [problem for problem in problems if problem is not None]
        yield from real or [passed(self.id, case, "the image's labels are as they should be")]

    def _missing(
        self, case: Case, name: str, wanted: TextMatcher | None, value: str | None
    ) -> Finding | None:
        if value is None:
            message = f"the image has no label {safe(name)}"
        elif wanted is None and not value.strip():
            message = f"the image's label {safe(name)} is empty"
        elif wanted is not None and not wanted.matches(value):
            message = f"the image's label {safe(name)} is {safe(value, limit=200)!r}, wanted is {wanted}"
        else:
            return None
        hint = f"set it where the image is built: LABEL {safe(name, limit=100)}=…"
        return denied(self.id, case, message, hint=hint, element="$.config.Labels")

    def _unwanted(self, case: Case, name: str) -> Finding:
        return denied(
            self.id,
            case,
            f"the image has the label {safe(name)}, which is denied",
            hint="it may come from the base image; overwriting it does not remove it",
            element="$.config.Labels",
        )


def build(options: Mapping[str, Any], _: Context) -> ImageLabels:
    """Make the rule from its options. Raises `OptionError`."""
    required = tuple(
        (name, at(("require", name), _matcher, value)) for name, value in options.get("require", {}).items()
    )
    denied_names = tuple(options.get("deny", ()))
    if not required and not denied_names:
        raise OptionError("it has neither 'require' nor 'deny', so it asks for nothing")
    for number, name in enumerate(denied_names):
        if name in dict(required):
            raise OptionError(f"{safe(name, limit=60)!r} is required too", path=("deny", number))
    return ImageLabels(required, denied_names)


def _matcher(value: Any) -> TextMatcher | None:
    if value is True:
        return None
    if value is False:
        raise OptionError("a label is required or denied", hint="write true, or put it under deny")
    if isinstance(value, str):
        if not value.strip():
            raise OptionError("it is blank", hint="for any value write true")
        return TextMatcher.exact(value, otherwise="{pattern: …}")
    if compiled(value["pattern"]).fullmatch(""):
        raise OptionError(
            "the pattern matches an empty label", path=("pattern",), hint="for any value write true"
        )
    return TextMatcher(value["pattern"], is_pattern=True)


_LABEL_NAME = {"type": "string", "minLength": 1, "maxLength": 256}

SPEC = RuleSpec(
    id=ImageLabels.id,
    title="Labels",
    what="""\
The labels in the configuration of every platform. A label is what whoever built the image wrote there, or
what its base image had. It is covered by a signature on the image, and is no more than that signer's word.
Names and values are compared exactly, upper and lower case included.""",
    options={
        "require": {
            "type": "object",
            "minProperties": 1,
            "description": "Labels that must be there, each with its value: true for any that is not empty, a"
            " text for exactly this one, or a pattern.",
            "additionalProperties": {
                "oneOf": [
                    {"type": "boolean"},
                    {"type": "string", "minLength": 1, "maxLength": 2048},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["pattern"],
                        "properties": {
                            "pattern": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 2048,
                                "description": "An RE2 expression that must match the whole value.",
                            }
                        },
                    },
                ]
            },
        },
        "deny": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": _LABEL_NAME,
            "description": "Labels that must not be there.",
        },
    },
    example="""\
- image-labels:
    require:
      org.opencontainers.image.source: https://github.com/org/app
      org.opencontainers.image.revision: {pattern: "[0-9a-f]{40}"}
      org.opencontainers.image.licenses: true
    deny: [quay.expires-after]
""",
    fix="Set the label where the image is built (`LABEL`, `--label`, or the metadata step of the workflow).",
    build=build,
)
