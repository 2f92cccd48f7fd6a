"""The formats of reports, read by parsers that are not ours and held to their published schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import cmarkgfm
import jsonschema
import xmlschema
import yaml
from cmarkgfm.cmark import Options

from tests.conftest import ROOT

SCHEMAS = ROOT / "tests" / "schemas"
# What HTML elements need no end tag.
_VOID = {"meta", "input", "br", "img", "hr", "link", "base", "embed", "source"}


@cache
def _sarif_schema() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(
        json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text("utf-8")),
        format_checker=jsonschema.FormatChecker(),
    )


def sarif(text: str) -> Any:
    """The one run of a log that fits the schema."""
    log = json.loads(text)
    _sarif_schema().validate(log)
    (run,) = log["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return run


@cache
def _junit_schema() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(SCHEMAS / "junit-10.xsd")


def junit(text: str) -> Element:
    """The root of a document that fits the schema, and whose counts are right."""
    root = fromstring(text)
    _junit_schema().validate(root)
    for element in (root, *root.iter("testsuite")):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if element.get(count) is not None:
                assert element.get(count) == str(sum(case.find(tag) is not None for case in cases))
    return root


@cache
def _crd(kind: str) -> tuple[str, jsonschema.Draft202012Validator]:
    """The API version of a custom resource, and its schema; what the server would prune is refused."""
    names = {"PolicyReport": "wgpolicyk8s.io_policyreports", "Report": "openreports.io_reports"}
    definition = yaml.safe_load((SCHEMAS / f"{names[kind]}.yaml").read_text("utf-8"))["spec"]
    (version,) = [item for item in definition["versions"] if item["storage"]]
    schema = version["schema"]["openAPIV3Schema"]
    _close(schema)
    schema["properties"]["metadata"] = {"required": ["name"]}
    return f"{definition['group']}/{version['name']}", jsonschema.Draft202012Validator(schema)


def _close(node: Any) -> None:
    if isinstance(node, dict):
        if "properties" in node and "type" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            _close(value)
    elif isinstance(node, list):
        for value in node:
            _close(value)


def policy_report(text: str, kind: str) -> Any:
    """An object that the API server would take."""
    made = json.loads(text)
    version, validator = _crd(kind)
    assert (made["apiVersion"], made["kind"]) == (version, kind)
    validator.validate(made)
    counts = dict.fromkeys(("pass", "fail", "warn", "error", "skip"), 0)
    for result in made["results"]:
        counts[result["result"]] += 1
    assert made["summary"] == counts
    return made


def statements(text: str) -> list[Any]:
    """In-toto statements that the library takes, each with a summary whose fields it knows."""
    from google.protobuf.json_format import ParseDict
    from in_toto_attestation.predicates.vsa.v1.vsa_pb2 import VerificationSummary  # type: ignore[attr-defined]
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement

    found = [json.loads(line) for line in text.splitlines()]
    for made in found:
        message = ParseDict(made, statement_pb2.Statement())  # type: ignore[attr-defined,no-untyped-call]
        Statement.copy_from_pb(message).validate()
        # The library takes one text for what the specification says is a list.
        (level,) = made["predicate"]["verifiedLevels"]
        ParseDict(made["predicate"] | {"verifiedLevels": level}, VerificationSummary())  # type: ignore[no-untyped-call]
    return found


class Tags(HTMLParser):
    """The elements of a page and its text, which a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def names(self) -> set[str]:
        """The names of all elements."""
        return {name for name, _ in self.elements}

    def text(self) -> str:
        """All text."""
        return "".join(data for _, data in self.texts)

    def of(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of every element called ``name``."""
        return [attributes for tag, attributes in self.elements if tag == name]

    def attributes(self) -> Iterator[tuple[str, str | None]]:
        """Every attribute."""
        for _, attributes in self.elements:
            yield from attributes.items()


def markdown(text: str) -> Tags:
    """The page that GitHub's own parser makes of Markdown, before GitHub takes out what it does not like."""
    text.encode("utf-8")
    unsafe = Options.CMARK_OPT_UNSAFE
    page = cmarkgfm.github_flavored_markdown_to_html(text, options=unsafe)  # type: ignore[no-untyped-call]
    # A tag that is never closed would swallow the rest.
    return Tags(page.replace(' disabled=""', ""))
