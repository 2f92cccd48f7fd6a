"""The rules of a policy file to values, and where in a file something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from verifier.errors import InputError, PolicyError
from verifier.policy.catalogue import RULES
from verifier.policy.clause import AnyOf, Clause
from verifier.policy.interface import Context, OptionError
from verifier.policy.schema_errors import named
from verifier.policy.times import parse_time
from verifier.policy.waivers import Waiver
from verifier.policy.yaml_loader import Document
from verifier.policy.yaml_loader import Path as Place

T = TypeVar("T")


def wrong(document: Document, message: str, path: Place, hint: str | None = None) -> PolicyError:
    """The error that what stands at ``path`` is wrong."""
    return PolicyError(message, place=document.place(path), hint=hint)


def placed(document: Document, path: Place, read: Callable[[Any], T], value: Any) -> T:
    """``read(value)``, and where that is wrong, `PolicyError` with where it stands."""
    try:
        return read(value)
    except InputError as error:
        inner = (*path, *error.path) if isinstance(error, OptionError) else path
        raise wrong(document, f"{named(inner)}: {error.message}", inner, error.hint) from None


def read_clauses(document: Document, context: Context, waivers: tuple[Waiver, ...]) -> list[Clause]:
    """What stands under ``require``. Raises `PolicyError`."""
    mode = document.data.get("mode", "enforce")
    clauses = [
        _clause(document, item, context, waivers, ("require", number), mode)
        for number, item in enumerate(document.data["require"])
    ]
    seen: set[str] = set()
    for number, clause in enumerate(clauses):
        for mark in dict.fromkeys((clause.id if clause.name else "", repr(clause.rule))):
            if mark and mark in seen:
                what = f"id {clause.name!r}" if mark == clause.id else "rule"
                message, hint = f"the same {what} stands here twice", "leave one out, or rename it"
                raise wrong(document, message, ("require", number), hint)
            seen.add(mark)
    return clauses


def _clause(
    document: Document,
    item: Mapping[str, Any],
    context: Context,
    waivers: tuple[Waiver, ...],
    path: Place,
    mode: str,
) -> Clause:
    ((kind, options),) = item.items()
    here = (*path, kind)
    if kind == AnyOf.id:
        groups = tuple(
            tuple(
                _clause(document, inner, context, waivers, (*here, group, number), "enforce")
                for number, inner in enumerate(items)
            )
            for group, items in enumerate(options)
        )
        enforced = mode == "enforce"
        return Clause(AnyOf(groups), enforced=enforced, waivers=waivers, place=document.place(path))
    start, end = (
        placed(document, (*here, key), parse_time, options[key]) if key in options else None
        for key in ("effective-from", "until")
    )
    if start is not None and end is not None and start >= end:
        raise wrong(document, "the rule ends before it is enforced", (*here, "until"))
    took: list[bool] = []
    context = replace(context, defaulted=lambda: took.append(True))
    return Clause(
        rule=placed(document, here, lambda _: RULES[kind].build(options, context), None),
        name=options.get("id", ""),
        enforced=options.get("mode", mode) == "enforce",
        effective_from=start,
        until=end,
        waivers=waivers,
        place=document.place(path),
        unnamed=context.unless_named if took and not context.chosen else (),
    )
