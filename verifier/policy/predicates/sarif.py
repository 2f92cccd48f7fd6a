"""SARIF 2.1.0 reports of vulnerability scanners, as Trivy and Grype write them.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; the severity is that of GitHub's
``security-severity``, a CVSS score, unless the scanner's own word stands among the tags or in the help of the
rule: a vendor may rate otherwise than the score does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from verifier.json_nodes import (
    child,
    member,
    objects,
    required_child,
    required_text,
    text,
    texts,
)
from verifier.policy.predicates.findings import Fix, Severity, Vulnerability, severity_of, severity_of_score
from verifier.policy.predicates.nodes import PredicateError
from verifier.strict_json import Json

_KNOWN_ID = re.compile(r"(CVE-[0-9]{4}-[0-9]{4,12}|GHSA(?:-[0-9a-z]{4}){3})(?:-|$)")
_PACKAGE = re.compile(r"^Package: (.+)$", re.MULTILINE)
_VERSION = re.compile(r"^(?:Installed )?Version: (.+)$", re.MULTILINE)
_FIXED = re.compile(r"^Fix(?:ed)? Version:[ \t]*(.*)$", re.MULTILINE)
_SEVERITY = re.compile(r"^Severity: ([A-Za-z]+)$", re.MULTILINE)
# Results of Trivy's other scanners, by the tags of their rules.
_OTHERS = {"misconfiguration", "secret", "license"}
# Clause 3.27.9: the rule was applied, and there is nothing wrong.
_FINE = {"pass", "notApplicable"}
_SCANNERS_WITH_FIXES = {"trivy", "grype"}


class _Rule(NamedTuple):
    id: str
    severity: Severity | None
    purls: tuple[str, ...]
    tags: frozenset[str]
    help: str


def read_sarif(report: Mapping[str, Json], at: str) -> Iterator[Vulnerability]:
    """The vulnerabilities in ``report``, or `PredicateError`. A report without a run is one."""
    if report.get("version") != "2.1.0":
        raise PredicateError("a version of SARIF that cannot be read", path=member(at, "version"))
    runs = list(objects(report, "runs", at))
    if not runs:
        raise PredicateError("no run: nothing was scanned", path=member(at, "runs"))
    for here, run in runs:
        yield from _run(run, here)


def _run(run: Mapping[str, Json], at: str) -> Iterator[Vulnerability]:
    # Clause 3.14.23: without results, the tool did not run to its end.
    if run.get("results") is None:
        raise PredicateError("no results: the scan did not come to its end", path=member(at, "results"))
    for here, invocation in objects(run, "invocations", at):
        if invocation.get("executionSuccessful") is not True:
            raise PredicateError("the scan did not succeed", path=member(here, "executionSuccessful"))
    tool = required_child(run, "tool", at)
    driver, there = required_child(tool, "driver", member(at, "tool")), member(member(at, "tool"), "driver")
    scanner = required_text(driver, "name", there).lower()
    rules = [_rule(rule, here) for here, rule in objects(driver, "rules", there)]
    by_id = {rule.id: rule for rule in rules}
    if len(by_id) != len(rules):
        raise PredicateError("two rules have one id", path=member(there, "rules"))
    for here, result in objects(run, "results", at):
        if text(result, "kind", here) not in _FINE:
            yield from _found(result, _rule_of(result, rules, by_id, here), scanner, here)


def _rule(node: Mapping[str, Json], at: str) -> _Rule:
    properties, here = child(node, "properties", at), member(at, "properties")
    tags = texts(properties, "tags", here)
    said = text(child(node, "help", at), "text", member(at, "help"))
    words = [severity_of(word) for word in (*tags, *_SEVERITY.findall(said))]
    score = properties.get("security-severity")
    rated = severity_of_score(str(score)) if isinstance(score, str | int | float) else None
    return _Rule(
        id=required_text(node, "id", at),
        severity=max((word for word in words if word is not None), default=rated),
        purls=texts(properties, "purls", here),
        tags=frozenset(tag.lower() for tag in tags),
        help=said,
    )


def _rule_of(
    result: Mapping[str, Json], rules: list[_Rule], by_id: Mapping[str, _Rule], at: str
) -> _Rule | None:
    """The rule of ``result``: by index, which must agree with its id; or by id; or none that is known."""
    rule_id, index = text(result, "ruleId", at), result.get("ruleIndex")
    if index is None or index == -1:
        return by_id.get(rule_id)
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(rules):
        raise PredicateError("there is no such rule", path=member(at, "ruleIndex"))
    if rule_id not in {"", rules[index].id}:
        raise PredicateError("names one rule by its id and another by its index", path=at)
    return rules[index]


def _found(result: Mapping[str, Json], rule: _Rule | None, scanner: str, at: str) -> Iterator[Vulnerability]:
    name = rule.id if rule else required_text(result, "ruleId", at)
    if rule and "vulnerability" not in rule.tags and rule.tags & _OTHERS:
        return
    known = _KNOWN_ID.match(name)
    message = text(child(result, "message", at), "text", member(at, "message"))
    said = f"{message}\n{rule.help if rule else ''}"
    package, version = _PACKAGE.search(said), _VERSION.search(said)
    fixed = _FIXED.search(said) if scanner in _SCANNERS_WITH_FIXES else None
    versions = fixed[1].strip() if fixed else ""
    fix = Fix.UNKNOWN if fixed is None else Fix.NONE if versions in {"", "none"} else Fix.AVAILABLE
    for purl in (rule.purls if rule else ()) or ("",):
        yield Vulnerability(
            id=known[1] if known else name,
            aliases=(),
            severity=rule.severity if rule else None,
            package=package[1].strip() if package else "",
            version=version[1].strip() if version else "",
            purl=purl,
            fix=fix,
            fixed_in=(versions,) if fix is Fix.AVAILABLE else (),
            path=at,
        )
