"""Pinned files as a unified diff that ``git apply`` takes.

git, Documentation/diff-format; names as ``core.quotePath`` has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from verifier.gate.changes import work_tree_of
from verifier.gate.pinning import Pinned

_CONTEXT = 3
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def unified(files: Sequence[Pinned]) -> str:
    """The changes of all files, with names below the root of the work tree, or below this directory."""
    top = work_tree_of(Path()) or Path.cwd()
    return "".join(piece for file in files for piece in _file(file, top))


def _file(file: Pinned, top: Path) -> Iterator[str]:
    path = Path(file.source.name).resolve()
    name = path.relative_to(top).as_posix() if path.is_relative_to(top) else path.as_posix().lstrip("/")
    yield f"--- {_quoted(f'a/{name}')}\n+++ {_quoted(f'b/{name}')}\n"
    old, new = _lines(file.source.text), _lines(file.text)
    for first, last in _hunks(file.lines, len(old)):
        yield f"@@ -{first + 1},{last - first} +{first + 1},{last - first} @@\n"
        for number in range(first, last):
            if old[number] == new[number]:
                yield _line(" ", old[number])
            else:
                yield _line("-", old[number]) + _line("+", new[number])


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _line(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _hunks(changed: Sequence[int], count: int) -> Iterator[tuple[int, int]]:
    """First and last line of each stretch of changes with the lines around it."""
    first = last = -1
    for number in changed:
        if first < 0 or number - _CONTEXT > last:
            if first >= 0:
                yield first, last
            first = max(0, number - _CONTEXT)
        last = min(count, number + _CONTEXT + 1)
    if first >= 0:
        yield first, last


def _quoted(name: str) -> str:
    plain = all(character.isprintable() and character not in '"\\' for character in name) and name.isascii()
    if plain and " " not in name:
        return name
    if plain:
        return f"{name}\t"  # a blank would end the name
    pieces = []
    for character in name:
        if character in _ESCAPES:
            pieces.append(_ESCAPES[character])
        elif character.isascii() and character.isprintable():
            pieces.append(character)
        else:
            pieces += [f"\\{byte:03o}" for byte in character.encode()]
    return f'"{"".join(pieces)}"'
