"""``.env`` files as Compose reads them: compose-go, dotenv/parser.go.

Refused where that takes more for a statement than one line shows: values over several lines, statements
behind a quote, names without a value.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.blanks import BLANKS
from verifier.workload.variables import interpolate

# Its isSpace, which stops at the end of a line; before a statement it is unicode.IsSpace.
_SPACE = "\t\v\f\r \x85\xa0"
_EXPORT = re.compile(rf"export[\t\f\r ]+[{_SPACE}]*")
_NAME = re.compile(rf"(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:=|:(?=[ \t]))[{_SPACE}]*")
_QUOTED = re.compile(rf"(?P<quote>['\"])(?P<text>(?:(?!(?P=quote))[^\\]|\\.)*+)(?P=quote)[{_SPACE}]*(?:#.*)?")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    '"': '"',
    "\\": "\\",
    "$": "$$",
}


def read_env_file(text: str, name: str, given: Mapping[str, str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` lines, or raise `ManifestError`; ``given`` are values that win in expansions."""
    found: dict[str, str] = {}
    variables = ChainMap(dict(given), found)
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = raw.strip(BLANKS)
        if not line or line.startswith("#"):
            continue
        export = _EXPORT.match(line)
        match = _NAME.match(line, 0 if export is None else export.end())
        if match is None:
            raise ManifestError(f"{safe(name)}:{number}: not NAME=VALUE")
        try:
            found[match["name"]] = _value(line[match.end() :], variables)
        except ManifestError as error:
            raise ManifestError(f"{safe(name)}:{number}: {error.message}", hint=error.hint) from None
    return found


def _value(text: str, variables: Mapping[str, str]) -> str:
    if text.startswith(("'", '"')):
        quoted = _QUOTED.fullmatch(text)
        if quoted is None:
            raise ManifestError("a quote that does not end in its line, or text behind it")
        if text.startswith("'"):
            return quoted["text"].replace("\\'", "'")
        return interpolate(_ESCAPE.sub(_unescaped, quoted["text"]), variables)
    if text.startswith("#"):
        raise ManifestError(
            "a value that begins with '#'", hint="put it in quotes, or nothing behind the sign"
        )
    # A blank and no other white space makes it a comment.
    return interpolate(text.split(" #", 1)[0].rstrip(BLANKS), variables)


def _unescaped(match: re.Match[str]) -> str:
    if match[1] == "0":
        raise ManifestError("an escape of digits, which programs read differently")
    return _ESCAPES.get(match[1], match[0])
