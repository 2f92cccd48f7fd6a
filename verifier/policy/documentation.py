"""The documentation of rules: docs/rules.md, and what ``verify policy list RULE`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from verifier.policy.catalogue import RULES
from verifier.policy.interface import RuleSpec
from verifier.policy.schema import rule_schema

_KINDS = {
    "object": "mapping",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "string": "text",
}
_COMMON = ("id", "mode", "effective-from", "until")
_INTRODUCTION = """\
# Rules

One heading for each rule that a policy can make: what it checks and why, its options, an example, and how to
mend a finding. [policy.md](policy.md) describes the file around them.

Every rule takes these options too:

"""


def rules_markdown() -> str:
    """The page on all rules."""
    common = rule_schema(next(iter(RULES.values())))["properties"]
    lines = [_INTRODUCTION.rstrip("\n"), "", *_table({key: common[key] for key in _COMMON}, ()), ""]
    for name in sorted(RULES):
        lines += [rule_markdown(RULES[name]), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def rule_markdown(spec: RuleSpec) -> str:
    """The section on one rule."""
    lines = [f"## {spec.id}", "", f"{spec.title}.", "", spec.what.strip(), ""]
    lines += [*_table(spec.options, spec.required), ""] if spec.options else []
    lines += ["```yaml", spec.example.strip("\n"), "```", "", f"**To mend a finding:** {spec.fix.strip()}"]
    return "\n".join(lines)


def _table(options: Mapping[str, Mapping[str, Any]], required: tuple[str, ...]) -> Iterator[str]:
    yield "| option | value | meaning |"
    yield "| --- | --- | --- |"
    for name, option in options.items():
        needed = " (required)" if name in required else ""
        yield f"| `{name}`{needed} | {_kind(option)} | {_cell(option.get('description', ''))} |"


def _kind(option: Mapping[str, Any]) -> str:
    """What values an option takes."""
    if "enum" in option:
        return _cell(" or ".join(f"`{value}`" for value in option["enum"]))
    for key in ("oneOf", "anyOf"):
        if key in option:
            return " or ".join(dict.fromkeys(_kind(branch) for branch in option[key]))
    if option.get("$ref") == "#/$defs/time":
        return "time"
    if option.get("type") == "array":
        return f"list of {_kind(option.get('items', {}))}"
    return _KINDS.get(option.get("type", ""), "any")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
