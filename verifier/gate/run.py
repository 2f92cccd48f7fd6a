"""Every image that files name, verified once each, and what is to be said of the files themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.deadline import Deadline
from verifier.errors import ManifestError
from verifier.limits import GATE_SECONDS_PER_IMAGE
from verifier.model.digest import Digest
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import over_http, parse_reference
from verifier.model.report import ImageReport, Report
from verifier.pipeline import Progress
from verifier.policy.shipped import applying_to
from verifier.settings import Settings
from verifier.text import safe
from verifier.verification import verify_images
from verifier.workload.interface import Built, NamedImage, Unreadable

DIGEST_RULE = "digest"
BUILT_RULE = "built-image"
UNREADABLE_RULE = "readable"
RULES = frozenset({DIGEST_RULE, BUILT_RULE, UNREADABLE_RULE})
"""What the gate itself checks, beside the policies."""

_NO_POLICY = "--policy FILE says who must have signed it; --exclude leaves files out"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One image to be verified, under the first of the names it has, for all places that name it."""

    reference: str
    named: tuple[NamedImage, ...]
    platforms: tuple[Platform, ...]

    @property
    def has_digest(self) -> bool:
        """Whether it is named by digest."""
        return parse_reference(self.reference).digest is not None


def wanted(
    images: Iterable[NamedImage],
    platforms: tuple[Platform, ...],
    *,
    plain_http: Collection[str] = (),
) -> tuple[Wanted, ...]:
    """Each image once, for every platform that a place says; ``platforms`` where one says none.

    ``plain_http`` are the hosts that are spoken to without TLS.
    """
    by_name: dict[str, list[NamedImage]] = {}
    for image in images:
        reference = over_http(parse_reference(image.reference), plain_http)
        by_name.setdefault(str(reference), []).append(image)
    return tuple(
        Wanted(named[0].reference, tuple(named), _platforms(named, platforms)) for named in by_name.values()
    )


def _platforms(named: Sequence[NamedImage], usual: tuple[Platform, ...]) -> tuple[Platform, ...]:
    each = [image.platforms or usual for image in named]
    # Of one place it is not known where the image will run: everywhere, then.
    return tuple(dict.fromkeys(platform for one in each for platform in one)) if all(each) else ()


def judge(
    images: Sequence[Wanted],
    others: Sequence[Built | Unreadable],
    settings: Settings,
    *,
    progress: Progress,
    warn: Callable[[str], None],
    keep_contents: bool,
) -> Report:
    """Verify the images side by side; each carries the places that name it. They come first in the report.

    ``others`` are where there should be an image and there is none to verify. Raises `InputError` before
    anything is judged.
    """
    _require_policies(images, settings)
    counted = _Counted(len(images), progress)
    deadline = Deadline(settings.timeout)

    def done(report: ImageReport) -> ImageReport:
        counted.one_more()
        return report if keep_contents else report.without_contents()

    def verify(asked: Sequence[Wanted]) -> Report:
        return verify_images(
            [image.reference for image in asked],
            settings,
            platforms={image.reference: image.platforms for image in asked},
            progress=counted,
            warn=warn,
            done=done,
            deadline=deadline,
        )

    report = verify(images)
    judged = list(report.images)
    if again := [number for number, image in enumerate(images) if _has_variants(image, judged[number])]:
        everywhere = verify([replace(images[number], platforms=()) for number in again])
        for number, found in zip(again, everywhere.images, strict=True):
            judged[number] = found
    reports = [
        replace(found, named_at=tuple(each.location for each in image.named))
        for image, found in zip(images, judged, strict=True)
    ]
    return replace(report, images=(*reports, *map(_without_image, others)))


def with_digests_asked_for(report: Report, images: Sequence[Wanted], *, required: bool) -> Report:
    """The report of `judge` with a finding for each image that is named without a digest."""
    count = len(images)
    pairs = zip(images, report.images[:count], strict=True)
    asked = tuple(_asked(image, each, required=required) for image, each in pairs)
    return replace(report, images=(*asked, *report.images[count:]))


def time_allowed(images: int, usual: float) -> float:
    """Seconds for a run, where the user has named none: many images take longer than one."""
    return max(usual, images * GATE_SECONDS_PER_IMAGE)


def _require_policies(images: Sequence[Wanted], settings: Settings) -> None:
    """Name the place of an image that nothing would be asked of."""
    signer = settings.signer
    if settings.policies or signer.identity or signer.identity_regexp or signer.keys:
        return
    for image in images:
        reference = parse_reference(image.reference)
        if isinstance(reference, ImageReference) and not applying_to(reference.name):
            at = image.named[0].location
            place = f"{safe(at.file)}:{at.line}:{at.column}"
            message = f"{place}: no policy that ships with verify is about {safe(reference.name)}"
            raise ManifestError(message, hint=_NO_POLICY)


class _Counted:
    """Progress that says how many images are done."""

    def __init__(self, images: int, progress: Progress) -> None:
        self._images = images
        self._done = 0
        self._progress = progress

    def one_more(self) -> None:
        """Count one."""
        self._done += 1

    def __call__(self, step: str) -> None:
        self._progress(f"{min(self._done, self._images)} of {self._images} images; {step}")


def _has_variants(image: Wanted, report: ImageReport) -> bool:
    """Whether a node of a wanted platform could run an image for a variant that was left out.

    A selector says "amd64" of nodes whose runtime prefers ``linux/amd64/v3`` where the index has it.
    """
    names = {str(platform) for platform in image.platforms}
    return any(left_out.rpartition("/")[0] in names for left_out in report.platforms_left_out)


def to_be_pinned(images: Sequence[Wanted], report: Report) -> Iterator[tuple[NamedImage, Digest]]:
    """Every place that names an image without a digest, where the verdict of `judge` is pass."""
    for image, judged in zip(images, report.images[: len(images)], strict=True):
        if judged.verdict is Verdict.PASS and judged.digest is not None and not image.has_digest:
            yield from ((named, judged.digest) for named in image.named)


def _asked(image: Wanted, report: ImageReport, *, required: bool) -> ImageReport:
    if image.has_digest or not isinstance(parse_reference(image.reference), ImageReference):
        return report
    count = len(image.named)
    places = "one place names it" if count == 1 else f"{count} places name it"
    finding = Finding(
        rule=DIGEST_RULE,
        policy=None,
        outcome=Outcome.FAIL if required else Outcome.WARN,
        verdict=Verdict.FAIL if required else Verdict.PASS,
        code=ManifestError.code,
        message=f"{places} without a digest: another image may run than the one that was judged",
        hint="--write puts the digest of what was verified behind the tag" if required else None,
    )
    verdict = max(report.verdict, finding.verdict)
    return replace(report, verdict=verdict, checks=(*report.checks, finding))


def _without_image(thing: Built | Unreadable) -> ImageReport:
    if isinstance(thing, Built):
        name, rule = f"build of {thing.name}", BUILT_RULE
        message = f"the service {safe(thing.name, limit=80)} is built here: there is no image to verify"
        hint: str | None = (
            "name the image that a pipeline built and signed; --allow-builds leaves such services out"
        )
    else:
        name, rule = f"image of {thing.name}", UNREADABLE_RULE
        message, hint = thing.error.message, thing.error.hint
    finding = Finding(
        rule=rule,
        policy=None,
        outcome=Outcome.FAIL,
        verdict=Verdict.UNVERIFIED,
        code=ManifestError.code,
        message=message,
        hint=hint,
    )
    return ImageReport(
        reference=name, verdict=Verdict.UNVERIFIED, checks=(finding,), named_at=(thing.location,)
    )
