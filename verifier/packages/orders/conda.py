"""The order of conda: ``VersionOrder`` of conda.models.version."""

from __future__ import annotations

import re
from typing import Any, Final

from verifier.packages.orders.padded import Padded

# A hyphen stands for an underscore, where there is none of those; so there is never one of each.
CONDA = re.compile(
    r"(?=[^0-9]*[0-9])(?!.*_.*-)(?!.*-.*_)"
    r"(?:[0-9]+!)?[0-9a-z]+(?:[._-][0-9a-z]+)*[_-]?(?:\+[0-9a-z]+(?:[._-][0-9a-z]+)*)?",
    re.IGNORECASE,
)
_RUN = re.compile(r"[0-9]+|[^0-9]+")

_Part = tuple[bool, float, str]
_ZERO: Final[_Part] = (True, 0, "")


def conda(text: str) -> Any:
    """Epoch and version, then what follows a +: parts of runs of digits and letters; missing ones are 0."""
    plain = text.lower().replace("-", "_")
    version, _, local = plain.partition("+")
    epoch, mark, rest = version.rpartition("!")
    # 1.0.1_ is the plain version of a series that goes on with 1.0.1a: its underscore is part of the last.
    parts = rest.rstrip("_").replace("_", ".").split(".")
    if rest.endswith("_"):
        parts[-1] += "_"
    locals_ = local.replace("_", ".").split(".") if local else []
    return _parts([epoch if mark else "0", *parts]), _parts(locals_)


def _parts(parts: list[str]) -> Padded:
    return Padded([Padded(_runs(part), _ZERO) for part in parts], Padded([], _ZERO))


def _runs(part: str) -> list[_Part]:
    runs = [_run(run) for run in _RUN.findall(part)]
    return runs if part[:1].isdigit() else [_ZERO, *runs]


def _run(run: str) -> _Part:
    if run.isdigit():
        return (True, int(run), "")
    if run == "post":
        return (True, float("inf"), "")
    # Upper case sorts before the underscore and all letters.
    return (False, 0, "DEV" if run == "dev" else run)
