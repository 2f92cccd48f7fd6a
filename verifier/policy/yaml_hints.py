"""What to do about text that is no YAML, or more of it than is read."""

from __future__ import annotations

import re

_LINED_UP = "the line does not stand in one column with its neighbours, or a text above it needs quotes"
SECOND = "found another document"
"""The parser's own words where there is more than one."""
# The parser's own words for what people write, in the order in which they are looked for.
_PROBLEMS = (
    ("mapping values are not allowed", "put a text with ': ' in it in quotes, or look at the indentation"),
    ("did not find expected alphabetic or numeric", "put a text that begins with * or & in quotes"),
    ("could not find expected ':'", "a colon and a space are missing after a key, here or in the line above"),
    ("did not find expected ','", "a comma, a closing bracket or a closing quote is missing, here or above"),
    ("did not find expected whitespace", "put a text that begins with ! in quotes"),
    ("did not find expected key", _LINED_UP),
    ("did not find expected '-'", _LINED_UP),
    ("block sequence entries are not allowed", "begin a list in a line of its own"),
    ("unexpected end of stream", "a quote that opens has no end"),
    (SECOND, "write one policy in one file, without a line of ---"),
    ("cannot start any token", "put a text that begins with @, ` or % in quotes"),
)
REFUSED = {
    "alias": "write out what it stands for; put a text that begins with * in quotes",
    "anchor": "write the value where it is used; put a text that begins with & in quotes",
    "tag": "leave it out, as the kind is known; put a text that begins with ! in quotes",
    "directive": "leave the line out",
    "merge": "write out the keys that it stands for",
}
"""What to do about parts of YAML that are not read."""


def problem_hint(problem: str, text: str, line: int) -> str | None:
    """What to do about a ``problem`` that the parser met in ``line`` (from 0) of ``text``."""
    lines = text.splitlines()
    if any("\t" in re.match(r"\s*", found)[0] for found in lines[max(line - 1, 0) : line + 1]):  # type: ignore[index]
        return "indent with spaces: there is a tab at the beginning of the line"
    return next((hint for words, hint in _PROBLEMS if words in problem), None)


def hidden_hint(character: str, place: int) -> str:
    """What to do about a ``character`` that editors do not show, at ``place`` (from 0) of the text."""
    if character == "\ufeff" and place == 0:
        return "save the file as UTF-8 without a byte order mark"
    return "take it out; an editor may not show it"
