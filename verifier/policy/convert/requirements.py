"""What an original requires, before it is written as rules.

A requirement is one piece of evidence, or a combination of requirements; `NEVER` is met by nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Any

from verifier.limits import CONVERTED_ALTERNATIVES


@dataclass(frozen=True, slots=True)
class Wanted:
    """Evidence by any one of ``signers``: an image signature, or an attestation of ``type``.

    It is about what the reference resolves to, or with ``on`` as that says. ``schema`` is the JSON text of a
    schema, ``logged`` says that a log entry is needed even of a managed key.
    """

    signers: tuple[str, ...]
    type: str = ""
    schema: str = ""
    on: str = ""
    logged: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Each of ``items``."""

    items: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of ``items``."""

    needed: int
    items: tuple[Requirement, ...]


Requirement = Wanted | All | AtLeast

NEVER = AtLeast(1, ())


class TooManyError(Exception):
    """A count whose alternatives nobody could read."""


def any_of(items: Sequence[Requirement]) -> Requirement:
    """One of ``items``, without those that nothing meets."""
    possible = tuple(dict.fromkeys(item for item in items if item != NEVER))
    return possible[0] if len(possible) == 1 else AtLeast(1, possible)


def all_of(items: Sequence[Requirement]) -> Requirement:
    """Each of ``items``; nothing meets it where nothing meets one, or where there are none."""
    if not items or NEVER in items:
        return NEVER
    distinct = tuple(dict.fromkeys(items))
    return distinct[0] if len(distinct) == 1 else All(distinct)


def at_least(needed: int, items: Sequence[Requirement]) -> Requirement:
    """``needed`` of ``items``."""
    possible = [item for item in items if item != NEVER]
    if needed < 1 or needed > len(possible):
        return NEVER
    if needed == 1:
        return any_of(possible)
    return all_of(possible) if needed == len(items) else AtLeast(needed, tuple(possible))


Rule = Mapping[str, Any]
"""An item of ``require``."""


def rules(requirement: Requirement) -> list[Rule]:
    """The rules that together say ``requirement``, which must not be `NEVER`. Raises `TooManyError`."""
    match requirement:
        case Wanted():
            return _evidence(requirement, requirement.signers, 1)
        case All(items):
            return _distinct(rule for item in items for rule in rules(item))
        case AtLeast(1, items):
            merged = _merged(items)
            if len(merged) == 1:
                return rules(merged[0])
            return [{"any-of": [rules(item) for item in merged]}]
        case AtLeast(needed, items):
            return _counted(needed, items)


def _counted(needed: int, items: Sequence[Requirement]) -> list[Rule]:
    """Of evidence of one kind, so many distinct signers; else every choice of so many."""
    single = [item for item in items if isinstance(item, Wanted) and len(item.signers) == 1]
    alike = {replace(item, signers=()) for item in single}
    names = tuple(dict.fromkeys(item.signers[0] for item in single))
    if len(names) == len(items) and len(alike) == 1:
        return _evidence(single[0], names, needed)
    if comb(len(items), needed) > CONVERTED_ALTERNATIVES:
        raise TooManyError
    return [{"any-of": [rules(all_of(chosen)) for chosen in combinations(items, needed)]}]


def _merged(items: Sequence[Requirement]) -> list[Requirement]:
    """Alternatives that ask the same of different signers, as one."""
    merged: dict[Requirement, list[str]] = {}
    for item in items:
        key = replace(item, signers=()) if isinstance(item, Wanted) else item
        merged.setdefault(key, []).extend(item.signers if isinstance(item, Wanted) else ())
    return [
        replace(key, signers=tuple(dict.fromkeys(names))) if isinstance(key, Wanted) else key
        for key, names in merged.items()
    ]


def _distinct(found: Iterator[Rule]) -> list[Rule]:
    return list({json.dumps(rule, sort_keys=True): rule for rule in found}.values())


def _evidence(wanted: Wanted, names: Sequence[str], needed: int) -> list[Rule]:
    """The rules that ask for ``wanted`` by ``needed`` of the signers called ``names``."""
    signers: Any = list(names) if needed == 1 else {"at-least": needed, "of": list(names)}
    if not wanted.type:
        return [{"signature": {"signers": signers}}, _on_what_was_asked_for(wanted, names, needed)]
    options: dict[str, Any] = {"type": wanted.type}
    if wanted.on:
        options["on"] = wanted.on
    options["signers"] = signers
    if wanted.logged:
        options["proof"] = "promise"
    if wanted.schema:
        # The original passes as soon as one attestation passes.
        options["select"] = "any"
        options["schema"] = json.loads(wanted.schema)
    return [{"attestation": options}]


def _on_what_was_asked_for(wanted: Wanted, names: Sequence[str], needed: int) -> Rule:
    """That signatures are about the digest that the reference resolves to.

    A signature rule also takes those on the manifest of the platform below an index.
    """
    facts = ['s.scope != "platform"', *(["has(s.logProof)"] if wanted.logged else [])]
    if needed == 1:
        check = f"signatures.exists(s, {' && '.join(facts)})"
    else:
        facts.append("n in s.signer.names")
        found = f"filter(n, signatures.exists(s, {' && '.join(facts)}))"
        check = f"{json.dumps(list(names))}.{found}.size() >= {needed}"
    where = "on the image itself, not on a platform of it" + (", and logged" if wanted.logged else "")
    return {
        "cel": {
            "check": check,
            "signers": list(names),
            "message": f"no signature is where the original looks: {where}",
        }
    }


def signers_of(requirement: Requirement) -> set[str]:
    """The names of all signers that ``requirement`` mentions."""
    if isinstance(requirement, Wanted):
        return set(requirement.signers)
    return {name for item in requirement.items for name in signers_of(item)}


def wanted(requirement: Requirement) -> Iterator[Wanted]:
    """Every piece of evidence that ``requirement`` mentions."""
    if isinstance(requirement, Wanted):
        yield requirement
    else:
        for item in requirement.items:
            yield from wanted(item)
