"""Whether two expressions have a text in common, and a telling one.

Both are made into automata without empty steps, which then take each character together.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from verifier.limits import EXPRESSION_STATES, EXPRESSION_STEPS
from verifier.policy.expression_tree import (
    EVERY,
    Anchor,
    Chars,
    Choice,
    Group,
    Node,
    Repeat,
    Series,
    TooComplexError,
    mask_of,
)
from verifier.policy.expressions import parsed

_RARE = 20  # the price of a character that no word of the template asks for
_PREFERRED = "abcdefghijklmnopqrstuvwxyz0123456789-"


@dataclass(frozen=True, slots=True)
class Step:
    """Any one character of ``mask`` leads to ``target``, for a ``price``. ``marks`` says what it is."""

    mask: int
    marks: int
    price: int
    target: int


@dataclass(frozen=True, slots=True)
class Automaton:
    """``steps`` out of each state, the first of which is state 0, and the states that a text may end in."""

    steps: tuple[tuple[Step, ...], ...]
    final: frozenset[int]


@lru_cache(maxsize=1024)
def of_pattern(text: str) -> Automaton:
    """An author's pattern: its marks say where others choose the character. Raises `TooComplexError`.

    A dot that stands for one character is taken for a dot: it is warned of by itself.
    """

    def steps(chars: Chars) -> tuple[int, int]:
        if chars.dot:
            return mask_of("."), 0
        return chars.mask, int(chars.free)

    return _Builder(lambda chars, _: (*steps(chars), 0)).automaton(parsed(text))


@lru_cache(maxsize=1024)
def of_text(text: str) -> Automaton:
    """The text itself."""
    steps = tuple((Step(mask_of(one), 0, 0, at + 1),) for at, one in enumerate(text))
    return Automaton((*steps, ()), frozenset({len(text)}))


@lru_cache(maxsize=1024)
def of_template(text: str) -> Automaton:
    """A template: an expression in which ``(?P<d1>…)`` to ``d4`` are the places that tell one from another,
    and ``(?P<n>…)`` are words that are preferred where several would do."""

    def step(chars: Chars, groups: tuple[str, ...]) -> tuple[int, int, int]:
        marks = sum(1 << int(name[1]) - 1 for name in {*groups} if name[0] == "d")
        return chars.mask, marks, _RARE if chars.free or (groups and "n" not in groups) else 1

    return _Builder(step).automaton(parsed(text))


class _Builder:
    """Thompson's construction, and the empty steps taken out again."""

    def __init__(self, step: Callable[[Chars, tuple[str, ...]], tuple[int, int, int]]) -> None:
        self._step = step
        self._empty: list[list[int]] = []
        self._steps: list[list[Step]] = []

    def automaton(self, node: Node) -> Automaton:
        end = self._add(node, self._state(), ())
        closures = [self._closure(state) for state in range(len(self._steps))]
        steps = tuple(tuple(step for state in closure for step in self._steps[state]) for closure in closures)
        final = frozenset(state for state, closure in enumerate(closures) if end in closure)
        return Automaton(steps, final)

    def _state(self) -> int:
        if len(self._steps) >= EXPRESSION_STATES:
            raise TooComplexError("it means too much to be looked at")
        self._empty.append([])
        self._steps.append([])
        return len(self._steps) - 1

    def _add(self, node: Node, start: int, groups: tuple[str, ...]) -> int:
        """Add what ``node`` takes from ``start`` on; gives the state behind it."""
        match node:
            case Chars():
                end = self._state()
                mask, marks, price = self._step(node, groups)
                self._steps[start].append(Step(mask, marks, price, end))
                return end
            case Series(items):
                for item in items:
                    start = self._add(item, start, groups)
                return start
            case Choice(items):
                end = self._state()
                for item in items:
                    self._empty[self._add(item, self._branch(start), groups)].append(end)
                return end
            case Group(name, item):
                return self._add(item, start, (*groups, name))
            case Repeat():
                return self._repeat(node, start, groups)
            case Anchor():
                return start

    def _branch(self, start: int) -> int:
        state = self._state()
        self._empty[start].append(state)
        return state

    def _repeat(self, node: Repeat, start: int, groups: tuple[str, ...]) -> int:
        for _ in range(node.least):
            start = self._add(node.item, start, groups)
        if node.most is None:
            loop = self._branch(start)
            self._empty[self._add(node.item, loop, groups)].append(loop)
            return self._branch(loop)
        ends = [start]
        for _ in range(node.most - node.least):
            start = self._add(node.item, self._branch(start), groups)
            ends.append(start)
        end = self._state()
        for state in ends:
            self._empty[state].append(end)
        return end

    def _closure(self, state: int) -> dict[int, None]:
        reached, waiting = {state: None}, [state]
        while waiting:
            for following in self._empty[waiting.pop()]:
                if following not in reached:
                    reached[following] = None
                    waiting.append(following)
        return reached


def common(pattern: Automaton, template: Automaton, *, chosen: int = 0) -> str | None:
    """The most telling text of both, or None.

    In each place of the template that is a bit of ``chosen``, one character at least must be one that the
    pattern leaves to others. Raises `TooComplexError`.
    """
    numbers = count()
    waiting: list[tuple[int, int, int, int, int, str]] = [(0, next(numbers), 0, 0, 0, "")]
    seen = set()
    while waiting:
        price, _, left, right, marks, text = heapq.heappop(waiting)
        if (left, right, marks) in seen:
            continue
        seen.add((left, right, marks))
        if len(seen) > EXPRESSION_STEPS:
            raise TooComplexError("it means too much to be looked at")
        if marks == chosen and left in pattern.final and right in template.final:
            return text
        for one in pattern.steps[left]:
            for other in template.steps[right]:
                mask = one.mask & other.mask
                if not mask:
                    continue
                now = marks | (other.marks & chosen if one.marks else 0)
                if (one.target, other.target, now) in seen:
                    continue
                entry = (
                    price + other.price,
                    next(numbers),
                    one.target,
                    other.target,
                    now,
                    text + _character(mask),
                )
                heapq.heappush(waiting, entry)
    return None


@lru_cache(maxsize=4096)
def _character(mask: int) -> str:
    """The most ordinary character of ``mask``."""
    preferred = next((one for one in _PREFERRED if mask >> ord(one) & 1), None)
    printable = mask & EVERY & ~((1 << 32) - 1)
    return preferred or chr(((printable or mask) & -(printable or mask)).bit_length() - 1)
