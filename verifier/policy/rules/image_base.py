"""The image says that it was built on an allowed base image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.errors import InputError
from verifier.model.digest import Digest
from verifier.model.finding import Finding
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import parse_reference
from verifier.policy.interface import Case, Context, RuleSpec, Withheld
from verifier.policy.patterns import ImagePattern
from verifier.policy.rules.image_config import judged, labels
from verifier.policy.rules.options import at
from verifier.policy.rules.outcome import denied, passed
from verifier.text import safe

NAME = "org.opencontainers.image.base.name"
DIGEST = "org.opencontainers.image.base.digest"
_SCRATCH = "docker.io/library/scratch"  # no image: there is nothing that could have a digest


@dataclass(frozen=True, slots=True)
class ImageBase:
    """The base image that the image names is one of ``allowed``, and with ``pinned`` its digest is named."""

    id: ClassVar[str] = "image-base"
    signers: ClassVar[tuple[str, ...]] = ()
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    allowed: tuple[ImagePattern, ...]
    pinned: bool

    def asks(self) -> str:
        """See `Rule.asks`."""
        names = " or ".join(safe(pattern.text) for pattern in self.allowed)
        return f"the image says that its base image is {names}{', by digest' if self.pinned else ''}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return judged(self.id, case, lambda: self._look(case))

    def _look(self, case: Case) -> Iterator[Finding]:
        place, claims = _claims(case)
        message = self._problem(claims)
        if message is not None:
            hint = f"have the build name its base image in the annotations {NAME} and {DIGEST}"
            said = f"{message} ({place})" if place else message
            yield denied(self.id, case, said, hint=hint)
            return
        digest = f"@{safe(claims[DIGEST])}" if DIGEST in claims else ""
        said = f"the image says that its base image is {safe(claims[NAME], limit=200)}{digest} ({place})"
        yield passed(self.id, case, said)

    def _problem(self, claims: Mapping[str, str]) -> str | None:
        if NAME not in claims:
            return "the image does not name its base image"
        shown = repr(safe(claims[NAME], limit=200))
        try:
            base = parse_reference(claims[NAME])
        except InputError:
            base = None
        if not isinstance(base, ImageReference):
            return f"the image says that its base image is {shown}, which is no image"
        # A pattern with a tag takes no name without one: here nobody typed it, and another may be meant. The
        # tag beside a digest is none: a build asks the registry for the digest alone.
        if not any(pattern.matches(base.name, base.effective_tag or "") for pattern in self.allowed):
            return f"the image says that its base image is {shown}, which is not allowed"
        return self._digest_problem(base, claims.get(DIGEST))

    def _digest_problem(self, base: ImageReference, written: str | None) -> str | None:
        if written is None:
            if self.pinned and base.digest is None and base.name != _SCRATCH:
                return f"the image does not say which {safe(base)} its base image is: it names no digest"
            return None
        try:
            digest = Digest.parse(written)
        except InputError as error:
            return f"the digest of the base image is none: {error.message}"
        if base.digest is not None and base.digest != digest:
            return f"the image says that its base image is {safe(base)}, and that its digest is {digest}"
        return None


def _claims(case: Case) -> tuple[str, Mapping[str, str]]:
    """Where the base image is named, and what is said there; of the first place that says anything.

    Labels come last: they are inherited, and may be those of the base image on a base of its own.
    """
    annotations = {
        "annotation of the manifest": case.platform.annotations,
        "annotation of the index": case.image.annotations,
    }
    for place, claims in annotations.items():
        if NAME in claims or DIGEST in claims:
            return place, claims
    inherited = labels(case)
    return ("label" if NAME in inherited or DIGEST in inherited else ""), inherited


def build(options: Mapping[str, Any], _: Context) -> ImageBase:
    """Make the rule from its options. Raises `OptionError`."""
    patterns = [at(("allow", n), ImagePattern.parse, text) for n, text in enumerate(options["allow"])]
    return ImageBase(tuple(patterns), options.get("require-digest", False))


SPEC = RuleSpec(
    id=ImageBase.id,
    title="Base image",
    what=f"""\
Which image this one says it was built on: `{NAME}` and
`{DIGEST}`, in the annotations of the platform's manifest, else in those of the index, else in
the labels. The first place that says anything counts. An image that does not say is refused.

This is a claim and no proof. A signature on the image covers it, so it is the signer's word that it was so;
nothing compares the layers with those of the base image, and an image can be built on one and name another.
Provenance with its materials says more.""",
    options={
        "allow": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1, "maxLength": 2048},
            "description": "Patterns for the base image, as under 'images'. One with a tag takes no name that"
            " has none, or has a digest too: beside a digest a tag says nothing.",
        },
        "require-digest": {
            "type": "boolean",
            "description": "Whether its digest must be named too; scratch has none. Default: false.",
        },
    },
    required=("allow",),
    example="""\
- image-base:
    allow: [gcr.io/distroless/**, cgr.dev/chainguard/static]
    require-digest: true
""",
    fix="Build on an allowed base image, and have the build say so: `docker buildx build --annotation`, or"
    " the tool that you build with; many write these annotations by themselves.",
    build=build,
)
