"""Everything that the paths of a run name, each place of a file once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from verifier.errors import ManifestError
from verifier.limits import GATE_FILE_BYTES
from verifier.workload.files import Budget, NamedFile, Search
from verifier.workload.interface import Found, NamedImage, UnsetVariableError
from verifier.workload.names import Form
from verifier.workload.reading import Readers, is_of_others
from verifier.workload.source import STDIN, Source


def search(paths: Sequence[str], exclude: Sequence[str]) -> Search:
    """The files of all paths; ``-`` is none of them."""
    found = Search()
    for path in dict.fromkeys(paths):
        if path != "-":
            try:
                found.add(Path(path), exclude)
            except ManifestError as error:
                found.problems.append(error)
    return found


def read_files(files: Sequence[NamedFile], readers: Readers) -> Found:
    """Read all files; one that several paths lead to is read once."""
    found, budget = Found(), Budget()
    given = {file.path.resolve() for file in files if file.given}
    once = {file.path.resolve(): file for file in reversed(files)}
    parts: list[tuple[Path, Found]] = []
    for real, file in reversed(once.items()):
        raw = b""
        try:
            raw = budget.read(file)
            source = Source.decode(str(file.path), raw)
        except ManifestError as error:
            if real in given or not is_of_others(file.path.name, raw):
                parts.append((real, Found(problems=[error])))
            continue
        parts.append((real, readers.read(source, file.form, given=real in given)))
    followed = {path for _, part in parts for path in part.followed}
    for real, part in parts:
        if real in followed:
            # The file that builds from it says what its variables are.
            part.problems = [each for each in part.problems if not isinstance(each, UnsetVariableError)]
        found.add(part)
    return _once(found)


def read_stdin(raw: bytes, readers: Readers) -> Found:
    """Read what came over standard input: Kubernetes objects, a Compose file, or a list."""
    found = Found()
    try:
        found.add(readers.read(Source.decode(STDIN, raw[: GATE_FILE_BYTES + 1]), Form.UNKNOWN, given=True))
    except ManifestError as error:
        found.problem(error)
    return _once(found)


def _once(found: Found) -> Found:
    """Each place once: one Compose file may include another, or build from a file, that is read anyway."""
    real = cache(lambda name: name if name == STDIN else str(Path(name).resolve()))
    places: dict[tuple[object, ...], NamedImage] = {}
    for image in found.images:
        at = image.location
        file, what = real(at.file), (image.reference, image.platforms)
        key = (file, at.line, at.column, at.object, at.field, what)
        if key not in places or (places[key].span is None and image.span is not None):
            places[key] = image
    found.images = list(places.values())
    return found
