"""JUnit XML, as build servers read it: test suites of cases, each with what is wrong with it.

The form that Jenkins documents (junit-10.xsd) and that GitLab, Azure Pipelines and GitHub's actions read.
Nothing in it depends on when or where it was made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verifier.report.inert import inert_line
from verifier.text import safe

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LINE = 2000  # characters of one line; the words around untrusted text are ours
# XML 1.0, production [2] Char: what `safe` leaves and XML does not take.
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class JunitCase:
    """One case. ``problem`` is None where it is as it should be, else one line; ``details`` are lines.

    ``is_error`` says that it could not be judged, and not that it failed; ``skipped`` why it does not count,
    where there is no problem; ``output`` what else there is to say.
    """

    name: str
    group: str
    problem: str | None = None
    details: tuple[str, ...] = ()
    is_error: bool = False
    skipped: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True)
class JunitSuite:
    """Cases that belong together."""

    name: str
    cases: tuple[JunitCase, ...]


def render_junit(suites: Sequence[JunitSuite]) -> str:
    """Give the document, with everything in it that is not text for people escaped."""
    from xml.etree.ElementTree import Element, indent, tostring

    # Jenkins' schema has no count of skipped cases here, only for each suite.
    counts = _counts([case for suite in suites for case in suite.cases])
    root = Element("testsuites", {name: counts[name] for name in ("tests", "failures", "errors")})
    for suite in suites:
        element = Element("testsuite", {"name": _text(suite.name), **_counts(suite.cases)})
        element.extend(_case(case) for case in suite.cases)
        root.append(element)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(cases: Sequence[JunitCase]) -> dict[str, str]:
    problems = [case for case in cases if case.problem is not None]
    errors = sum(case.is_error for case in problems)
    return {
        "tests": str(len(cases)),
        "failures": str(len(problems) - errors),
        "errors": str(errors),
        "skipped": str(sum(_is_skipped(case) for case in cases)),
    }


def _is_skipped(case: JunitCase) -> bool:
    return case.problem is None and case.skipped is not None


def _case(case: JunitCase) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    element = Element("testcase", {"name": _text(case.name), "classname": _text(case.group)})
    if case.problem is not None:
        problem = SubElement(element, "error" if case.is_error else "failure")
        problem.set("message", _text(case.problem))
        problem.text = "\n".join(map(_text, case.details)) or None
    elif case.skipped is not None:
        SubElement(element, "skipped", {"message": _text(case.skipped)})
    if case.output is not None:
        SubElement(element, "system-out").text = _text(case.output)
    return element


def _text(text: str) -> str:
    plain = _NO_CHARACTER.sub(lambda match: f"\\u{ord(match[0]):04x}", safe(text, limit=_LINE))
    return inert_line(plain)
