"""The images of an object in a review, found as those in files are."""

from __future__ import annotations

from pathlib import Path

from verifier.errors import ManifestError, UsageError
from verifier.limits import POLICY_BYTES
from verifier.local_files import read_bounded
from verifier.strict_json import Json
from verifier.text import safe
from verifier.webhook.interface import NamedImage, Step
from verifier.webhook.request import Object
from verifier.workload.interface import Found
from verifier.workload.interface import NamedImage as FoundImage
from verifier.workload.kinds import Kinds, known_kinds, read_kinds
from verifier.workload.kubernetes import KubernetesReader
from verifier.workload.nodes import Document, node_of
from verifier.workload.source import Source

_HINT = (
    "whoever runs the webhook can say where a kind names images (kinds), or let it through (ignored-kinds)"
)
_PLACES = "object"  # there are no lines to name


class KubernetesImages:
    """See `verifier.webhook.interface.Images`."""

    def __init__(self, kinds: Kinds) -> None:
        self._reader = KubernetesReader(kinds)

    def named_in(self, document: Object) -> tuple[NamedImage, ...]:
        """See `Images.named_in`."""
        found = Found()
        self._reader.read(Source.of(_PLACES, ""), Document(node_of(dict(document))), found)
        for problem in found.problems:
            raise ManifestError(_without_place(problem.message), hint=_without_options(problem.hint))
        for note in found.notes.kept:
            if not note.was_read:
                raise ManifestError(f"it cannot be said what will run: {safe(note.message)}", hint=_HINT)
        return tuple(_named(dict(document), item) for item in found.images)


def read_images(path: Path | None) -> KubernetesImages:
    """Make it for the kinds that are known, and those in the file at ``path``. Raises `InputError`."""
    if path is None:
        return KubernetesImages(known_kinds())
    try:
        raw = read_bounded(path, POLICY_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read the kinds in {safe(path)}: {error.strerror}") from error
    return KubernetesImages(known_kinds().with_(read_kinds(Source.decode(str(path), raw))))


def _named(document: Json, image: FoundImage) -> NamedImage:
    field = image.location.field
    found = _follow(document, field)
    if found is None:
        raise ManifestError(f"{safe(field, limit=200)} cannot be told from another field", hint=_HINT)
    text, path = found
    return NamedImage(text, image.reference, path, image.platforms)


def _follow(value: Json, rest: str) -> tuple[str, tuple[Step, ...]] | None:
    """The text at the end of a path, and its steps; keys may hold dots themselves."""
    if not rest:
        return (value, ()) if isinstance(value, str) else None
    if isinstance(value, list) and rest.startswith("["):
        number, _, rest = rest[1:].partition("]")
        return _behind(value[int(number)], rest, int(number))
    keys = value if isinstance(value, dict) else {}
    for key in sorted(keys, key=len, reverse=True):
        if rest.startswith(key) and rest[len(key) : len(key) + 1] in {"", ".", "["}:
            found = _behind(keys[key], rest[len(key) :], key)
            if found is not None:
                return found
    return None


def _behind(value: Json, rest: str, step: Step) -> tuple[str, tuple[Step, ...]] | None:
    found = _follow(value, rest.removeprefix("."))
    return None if found is None else (found[0], (step, *found[1]))


def _without_place(message: str) -> str:
    return message.removeprefix(f"{_PLACES}:1:1: ").removeprefix(f"{_PLACES}:1: ")


def _without_options(hint: str | None) -> str | None:
    """What helps on the command line does not help whoever talks to a cluster."""
    return _HINT if hint is None or "--" in hint or "verify gate" in hint else hint
