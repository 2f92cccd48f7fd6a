"""The orders of the package registries of programming languages."""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Any, Final

from verifier.packages.orders.padded import Padded

# Version specifiers, appendix "Parsing version strings with regular expressions" (PEP 440).
PYPI = re.compile(
    r"v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>[0-9]*))?"
    r"(?P<post>-(?P<post_alone>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]*))?"
    r"(?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
    re.IGNORECASE,
)
GEM = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
# composer/semver, VersionParser::normalize. Branches (dev-main, 1.x-dev) have no place in an order.
_COMPOSER_MODIFIER = (
    r"(?:[._-]?(?P<stability>stable|beta|b|rc|alpha|a|patch|pl|p)(?P<number>(?:[.-]?[0-9]+(?:[.-][0-9]+)*)?)(?P<dev>[.-]?dev)?"
    r"|(?P<only_dev>[._-]?dev))?(?:\+[0-9A-Za-z.+~^_-]+)?"
)
COMPOSER = re.compile(
    r"v?(?:(?P<numbers>[0-9]{1,5}(?:\.[0-9]+){0,3})"
    r"|(?P<date>[0-9]{4}(?:[.:-]?[0-9]{2}){1,6}(?:[.:-]?[0-9]{1,3}){0,2}))" + _COMPOSER_MODIFIER,
    re.IGNORECASE,
)
NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")
CRAN = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
CHROME = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}")
# perldoc version, "Version Object Internals"; a decimal has no more than one point.
CPAN = re.compile(r"v?[0-9]+(?:(?:\.[0-9]+)+(?:_[0-9]+)?)?")
LUAROCKS = re.compile(r"(?=(?:scm|dev|cvs)\b|[^0-9-]*[0-9])[0-9A-Za-z]+(?:[._-][0-9A-Za-z]+)*")
CONAN = re.compile(
    r"(?=[^0-9]*[0-9])[0-9a-z_]+(?:\.[0-9a-z_]+)*(?:-[0-9a-z_-]+(?:\.[0-9a-z_-]+)*)?"
    r"(?:\+[0-9a-z_-]+(?:\.[0-9a-z_-]+)*)?"
)

_PYPI_WORDS: Final = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_LOWEST, _HIGHEST = (-1,), (1,)

_GEM_PART = re.compile(r"[0-9]+|[A-Za-z]+")

# PHP, version_compare: what is no number, what ends, and numbers, from the oldest.
_COMPOSER_WORDS: Final = {"d": 0, "a": 1, "b": 2, "r": 3, "p": 6}
_COMPOSER_END, _COMPOSER_NUMBER = 4, 5

# luarocks.core.vers, whose fractions are counted in hundred thousandths here.
_LUAROCKS_WORDS: Final = {
    "dev": 120_000_000, "scm": 110_000_000, "cvs": 100_000_000,
    "rc": -1000, "pre": -10_000, "beta": -100_000, "alpha": -1_000_000,
}  # fmt: skip
_LUAROCKS_PART = re.compile(r"[0-9]+|[A-Za-z]+")
_LUAROCKS_REVISION = re.compile(r"-([0-9]+)\Z")


def pypi(text: str) -> Any:
    """Version specifiers, "Summary of permitted suffixes and relative ordering"."""
    match = PYPI.fullmatch(text.lower())
    if match is None:
        raise ValueError(text)
    release = [int(number) for number in match["release"].split(".")]
    while release and not release[-1]:
        release.pop()
    pre, post, dev = match["pre"], match["post"], match["dev"]
    alone = pre is None and post is None and dev is not None
    before: tuple[Any, ...] = _LOWEST if alone else _HIGHEST
    if pre is not None:
        before = (0, _PYPI_WORDS.get(pre, pre), int(match["pre_number"] or 0))
    return (
        int(match["epoch"] or 0),
        release,
        before,
        int(match["post_alone"] or match["post_number"] or 0) if post is not None else -1,
        (0, int(match["dev_number"] or 0)) if dev is not None else _HIGHEST,
        _pypi_local(match["local"]),
    )


def _pypi_local(text: str | None) -> list[tuple[bool, int, str]]:
    parts = re.split(r"[-_.]", text) if text else []
    return [(True, int(part), "") if part.isdigit() else (False, 0, part) for part in parts]


def gem(text: str) -> Any:
    """``Gem::Version``: a hyphen stands for ``.pre.``, and a word comes before any number."""
    parts = _GEM_PART.findall(text.replace("-", ".pre."))
    words = next((place for place, part in enumerate(parts) if not part.isdigit()), len(parts))
    items = [
        (True, int(part), "") if part.isdigit() else (False, 0, part)
        for group in (parts[:words], parts[words:])
        for part in _without_zeros(group)
    ]
    return Padded(items, (True, 0, ""))


def _without_zeros(parts: list[str]) -> list[str]:
    kept = len(parts)
    while kept and parts[kept - 1].isdigit() and not int(parts[kept - 1]):
        kept -= 1
    return parts[:kept]


def composer(text: str) -> Any:
    """composer/semver: ``VersionParser::normalize``, then PHP's ``version_compare``."""
    match = COMPOSER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    numbers = re.findall("[0-9]+", match["numbers"] or match["date"])
    if match["numbers"]:
        numbers = [*numbers, "0", "0", "0"][:4]
    items = [(_COMPOSER_NUMBER, int(number)) for number in numbers]
    stability = (match["stability"] or "").lower()
    if stability == "stable":
        return [*items, (_COMPOSER_END, 0)]
    if stability:
        items.append((_COMPOSER_WORDS[stability[0]], 0))
        # 1.0-beta.1.2 keeps the separators within, which count as points.
        items += [(_COMPOSER_NUMBER, int(number)) for number in re.findall("[0-9]+", match["number"])]
    if match["dev"] or match["only_dev"]:
        items.append((_COMPOSER_WORDS["d"], 0))
    return [*items, (_COMPOSER_END, 0)]


def numbers(text: str) -> Any:
    """Lists of numbers, the longer after its own beginning: Data.Version, and R's package_version."""
    return [int(number) for number in re.split("[.-]", text)]


def padded_numbers(text: str) -> Any:
    """Lists of numbers that go on with zeros."""
    return Padded(numbers(text), 0)


def cpan(text: str) -> Any:
    """version.pm: decimals (1.5 is 1.500) and dotted numbers, whose parts have three digits each."""
    plain = text.removeprefix("v").replace("_", "")
    if text.startswith("v") or plain.count(".") > 1:
        return padded_numbers(plain)
    whole, _, fraction = plain.partition(".")
    groups = [fraction[start : start + 3].ljust(3, "0") for start in range(0, len(fraction), 3)]
    return Padded([int(group) for group in (whole, *groups)], 0)


def luarocks(text: str) -> Any:
    """luarocks.core.vers: numbers, a word changing the place of the number that comes next; then revision."""
    revision = _LUAROCKS_REVISION.search(text)
    places: list[int] = []
    after_word = False
    for part in _LUAROCKS_PART.findall(text[: revision.start()] if revision else text):
        if part.isdigit():
            if after_word:
                places[-1] += int(part)
            else:
                places.append(int(part) * 100_000)
            after_word = False
            continue
        weight = _LUAROCKS_WORDS[part] * 100_000 if part in _LUAROCKS_WORDS else ord(part[0]) * 100
        if after_word:
            places[-1] = weight
        else:
            places.append(weight)
        after_word = True
    return Padded(places, 0), int(revision[1]) if revision else -1


@total_ordering
class _ConanItem:
    """A part between points: as a number against numbers, as text against all else, as Conan does it.

    That is no order in the mathematical sense: 9 < 10 < 10a < 9.
    """

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("value",)

    def __init__(self, text: str) -> None:
        try:
            self.value: int | str = int(text)
        except ValueError:
            self.value = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ConanItem) and self.value == other.value

    def __lt__(self, other: _ConanItem) -> bool:
        if isinstance(self.value, int) and isinstance(other.value, int):
            return self.value < other.value
        return str(self.value) < str(other.value)


def conan(text: str) -> Any:
    """Conan 2, ``Version``: points, then what comes before a release, then what follows a +."""
    rest, plus, build = text.partition("+")
    core, hyphen, pre = rest.partition("-")
    before = (not hyphen, _conan_items(pre))
    return _conan_items(core), before, (bool(plus), _conan_items(build))


def _conan_items(text: str) -> list[_ConanItem]:
    items = [_ConanItem(part) for part in text.split(".")] if text else []
    while items and items[-1].value == 0:
        items.pop()
    return items
