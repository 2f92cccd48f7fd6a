"""The configuration of a platform's image, as runtimes read it.

OCI image specification 1.1, config.md. What is absent or null is empty, as it is to runtimes; what is of
another type than the specification says cannot be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from verifier.errors import PlatformError
from verifier.model.finding import Finding
from verifier.policy.interface import Case
from verifier.policy.rules.outcome import denied
from verifier.strict_json import Json
from verifier.text import safe


def judged(rule: str, case: Case, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What ``look`` finds, or that the configuration cannot be judged where it raises `PlatformError`."""
    try:
        found = list(look())
    except PlatformError as error:
        found = [
            denied(
                rule,
                case,
                f"the image's configuration cannot be judged: {error.message}",
                code=error.code,
                hint="have the image built anew; OCI's image specification, config.md, has the fields",
            )
        ]
    yield from found


def execution(case: Case) -> Mapping[str, Json]:
    """The parameters of running the image. Raises `PlatformError`."""
    return mapping(case.platform.config, "config", at="$")


def member(section: Mapping[str, Json], name: str, *, at: str = "$.config") -> Json:
    """The member ``name`` of ``section``, which stands at ``at``; None where there is none.

    Raises `PlatformError` where another member differs from it in case alone: to runtimes written in Go both
    are the same, and the last one counts.
    """
    for other in section:
        if other != name and other.casefold() == name.casefold():
            raise PlatformError(f"{at} has a member {safe(other, limit=60)!r} beside {name!r}")
    return section.get(name)


def text(section: Mapping[str, Json], name: str, *, at: str = "$.config") -> str:
    """The text ``name`` of ``section``, ``""`` without. Raises `PlatformError`."""
    value = member(section, name, at=at)
    if value is not None and not isinstance(value, str):
        raise PlatformError(f"{at}.{name} is not text")
    return value or ""


def texts(section: Mapping[str, Json], name: str, *, at: str = "$.config") -> tuple[str, ...]:
    """The list of texts ``name`` of ``section``, empty without. Raises `PlatformError`."""
    value = member(section, name, at=at)
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    found = tuple(item for item in items if isinstance(item, str))
    if not isinstance(value, list) or len(found) != len(items):
        raise PlatformError(f"{at}.{name} is not a list of texts")
    return found


def mapping(section: Mapping[str, Json], name: str, *, at: str = "$.config") -> Mapping[str, Json]:
    """The object ``name`` of ``section``, empty without. Raises `PlatformError`."""
    value = member(section, name, at=at)
    if value is not None and not isinstance(value, dict):
        raise PlatformError(f"{at}.{name} is not an object")
    return value or {}


def labels(case: Case) -> dict[str, str]:
    """The labels of the image. Raises `PlatformError`."""
    values = mapping(execution(case), "Labels")
    found = {name: value for name, value in values.items() if isinstance(value, str)}
    if len(found) != len(values):
        raise PlatformError("$.config.Labels has a value that is not text")
    return found
