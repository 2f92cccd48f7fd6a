"""Policy files as text: comments, and values in quotes wherever they could be read as something else."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from verifier.policy.convert.draft import Draft
from verifier.policy.convert.issues import Issue
from verifier.policy.convert.requirements import NEVER, Rule, TooManyError, rules, signers_of
from verifier.text import safe

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9/._@+-]*(?::[A-Za-z0-9/._@+-]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_LONG = re.compile(r"[!-~]+(?: [!-~]+)*\n(?:[!-~]+(?: [!-~]+)*\n)+")
# What nobody signs, whatever the trust root: RFC 2606 keeps the name from ever being registered.
_NOBODY = {"issuer": "https://nobody.invalid", "subject": "https://nobody.invalid"}
_NEVER_TRUE = 'image.digest == ""'


def write(draft: Draft) -> str:
    """The policy file that says what ``draft`` says."""
    policy, refusals = _policy(draft)
    head = {"version": 1, "name": draft.name, **({"mode": "warn"} if draft.warns else {})}
    lines = [*_header(draft), *_mapping(head, 0), "images:", *_images(draft), *_mapping(policy, 0)]
    if refusals:
        lines += [
            "  # Nothing passes this. Say what is missing above, and take it out.",
            *_sequence(refusals, 1),
        ]
    return "\n".join(lines) + "\n"


def written(data: Mapping[str, Any]) -> str:
    """``data`` as YAML: texts, numbers, truth values, mappings, and lists of texts or of mappings."""
    return "\n".join(_mapping(data, 0)) + "\n"


def _policy(draft: Draft) -> tuple[Mapping[str, Any], Sequence[Rule]]:
    """Signers and rules, and the rules that refuse everything where something could not be said."""
    refusals = [*draft.refusals]
    required: list[Rule] = []
    names: set[str] = set()
    if draft.requirement != NEVER:
        try:
            required, names = rules(draft.requirement), signers_of(draft.requirement)
        except TooManyError:
            refusals.append("its count of signers has too many alternatives to be written down")
    signers = {name: options for name, options in draft.signers.options.items() if name in names}
    if not required:
        refusals = refusals or [f"nothing satisfies {draft.kind}"]
        required, signers = [{"signature": {"signers": ["nobody"]}}], {"nobody": _NOBODY}
    checks: list[Rule] = [
        {"cel": {"check": _NEVER_TRUE, "message": safe(reason, limit=500)}}
        for reason in dict.fromkeys(refusals)
    ]
    return {"signers": signers, "require": required}, checks


def _header(draft: Draft) -> Iterator[str]:
    yield from _comment(f"Converted from {draft.kind} ({draft.origin.place}).")
    yield from _issues("What could not be said, and fails closed:", draft.notes.unsupported)
    yield from _issues("Traps of the original, and what differs:", draft.notes.traps)


def _issues(title: str, issues: Sequence[Issue]) -> Iterator[str]:
    if issues:
        yield "#"
        yield from _comment(title)
        for issue in issues:
            yield from _comment(f"{issue.path}: {issue.message}", first="- ")


def _comment(text: str, *, first: str = "") -> Iterator[str]:
    plain = "".join(c if c.isprintable() else "?" for c in safe(text, limit=2000))
    rest = " " * len(first)
    lines = textwrap.wrap(plain, _WIDTH, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        yield f"# {rest if number else first}{line}"


def _images(draft: Draft) -> Iterator[str]:
    written: set[str] = set()
    for group in draft.images:
        new = [pattern for pattern in group.patterns if pattern not in written]
        written.update(new)
        if list(group.patterns) != [group.original]:
            many = " (the first line says it without its siblings)" if len(new) > 9 else ""
            yield from (f"  {line}" for line in _comment(f"{group.original}{many}"))
        yield from (f"  - {_scalar(pattern)}" for pattern in new)


def _mapping(value: Mapping[str, Any], level: int) -> Iterator[str]:
    indent = "  " * level
    for key, item in value.items():
        # YAML 1.1 takes the word for a truth value, and policies are not read by it.
        name = key if key == "on" else _scalar(key)
        yield from _entry(f"{indent}{name}:", item, level)


def _entry(start: str, item: Any, level: int) -> Iterator[str]:
    match item:
        case str() if _LONG.fullmatch(item):
            yield f"{start} |"
            yield from (f"{'  ' * (level + 1)}{line}" for line in item.splitlines())
        case dict() if item:
            yield start
            yield from _mapping(item, level + 1)
        case list() if item and not all(isinstance(one, str) for one in item):
            yield start
            yield from _sequence(item, level + 1)
        case list():
            yield f"{start} [{', '.join(map(_scalar, item))}]"
        case _:
            yield f"{start} {_scalar(item)}"


def _sequence(items: Iterable[Any], level: int) -> Iterator[str]:
    """A list, each item of which is a mapping or another list."""
    indent = "  " * level
    for item in items:
        inner = _mapping(item, level + 1) if isinstance(item, dict) else _sequence(item, level + 1)
        for number, line in enumerate(inner):
            yield line if number else f"{indent}- {line[len(indent) + 2 :]}"


def _scalar(value: Any) -> str:
    """One value on one line, which YAML reads as just that."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{}"
    text: str = value
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
