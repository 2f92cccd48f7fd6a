"""Exceptions of a policy file to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verifier.policy.interface import OptionError
from verifier.policy.patterns import ImagePattern
from verifier.policy.rules.options import at
from verifier.policy.times import parse_duration, parse_time
from verifier.policy.waivers import Waiver
from verifier.text import safe

_WARN_BEFORE = "14d"


def read_waiver(item: Mapping[str, Any], *, place: str = "") -> Waiver:
    """One item of ``exceptions``, which stands at ``place``, or `OptionError`."""
    from verifier.policy.packages import PackagePattern

    for key in ("owner", "reason", "ticket"):
        if not item[key].strip():
            raise OptionError("it is blank", path=(key,))
    return Waiver(
        id=item["id"],
        rule=item["rule"],
        images=tuple(
            at(("images", number), _repository, text) for number, text in enumerate(item.get("images", ()))
        ),
        packages=tuple(
            at(("packages", number), PackagePattern.parse, text)
            for number, text in enumerate(item.get("packages", ()))
        ),
        vulnerabilities=frozenset(item.get("vulnerabilities", ())),
        owner=item["owner"],
        reason=item["reason"],
        ticket=item["ticket"],
        expires=at(("expires",), parse_time, item["expires"]),
        warn_before=at(("warn-before",), parse_duration, item.get("warn-before", _WARN_BEFORE)),
        place=place,
    )


def _repository(text: str) -> ImagePattern:
    pattern = ImagePattern.parse(text)
    if pattern.tag is not None:
        raise OptionError(
            f"the image pattern {safe(text, limit=100)!r} has a tag, and tags can be moved",
            hint="an exception is for repositories; leave the tag out",
        )
    return pattern
