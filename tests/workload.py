"""Read files as the gate does, without a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from verifier.workload.finding import read_files, read_stdin, search
from verifier.workload.interface import Found
from verifier.workload.kinds import known_kinds, read_kinds
from verifier.workload.names import form_of
from verifier.workload.reading import Readers, ReadOptions
from verifier.workload.source import Source
from verifier.workload.trees import WorkTree


def readers(
    *roots: Path,
    variables: Mapping[str, str] | None = None,
    env_files: tuple[str, ...] | None = None,
    arguments: Mapping[str, str] | None = None,
    kinds: str = "",
    allow_builds: bool = False,
) -> Readers:
    """Readers with these options; ``kinds`` is the text of a file of kinds."""
    known = known_kinds()
    if kinds:
        known = known.with_(read_kinds(Source.of("kinds.yaml", kinds)))
    options = ReadOptions(
        kinds=known,
        variables=variables or {},
        env_files=env_files,
        arguments=arguments or {},
        allow_builds=allow_builds,
    )
    return Readers.of(options, WorkTree(tuple(root.resolve() for root in roots)))


def found_in(path: Path, using: Readers | None = None, *, exclude: Sequence[str] = ()) -> Found:
    """All that ``path`` names, problems of the search included."""
    searched = search([str(path)], exclude)
    found = read_files(searched.files, using or readers(path if path.is_dir() else path.parent))
    found.problems[:0] = searched.problems
    found.notes.kept[:0] = searched.notes.kept
    return found


def found_in_text(text: str, *, name: str = "file.yaml", using: Readers | None = None) -> Found:
    """All that a file of this text names, which the user named itself."""
    return (using or readers()).read(Source.of(name, text), form_of(name), given=True)


def found_in_stdin(raw: bytes) -> Found:
    """All that comes over standard input."""
    return read_stdin(raw, readers())


def references(found: Found) -> list[str]:
    """The images, in order; there must be no problem."""
    assert [str(problem) for problem in found.problems] == []
    return [image.reference for image in found.images]


def problems(found: Found) -> list[str]:
    """What is wrong."""
    return [problem.message for problem in found.problems]
