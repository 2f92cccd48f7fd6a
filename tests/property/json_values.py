"""Strategies for hostile JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

texts = st.text(max_size=20) | st.sampled_from(["", "\ud800", "NOASSERTION", "NONE", "sha256:" + "ab" * 32])
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every member and entry inside ``node``, as container and key."""
    found: list[tuple[Any, Any]] = []
    waiting = [node]
    while waiting:
        holder = waiting.pop()
        children = (
            list(holder.items())
            if isinstance(holder, dict)
            else list(enumerate(holder))
            if isinstance(holder, list)
            else []
        )
        for key, child in children:
            found.append((holder, key))
            waiting.append(child)
    return found


def changed(make: Callable[[], Any], more: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """What ``make`` gives, with one to three members replaced by anything, or removed."""

    @st.composite
    def build(draw: st.DrawFn) -> Any:
        document = copy.deepcopy(make())
        for _ in range(draw(st.integers(1, 3))):
            holder, key = draw(st.sampled_from(places(document) or [({"": None}, "")]))
            if isinstance(holder, dict) and key in holder and draw(st.booleans()):
                del holder[key]
            elif isinstance(holder, list) or key in holder:
                holder[key] = copy.deepcopy(draw(st.sampled_from(list(more)) | values if more else values))
        return document

    return build()
