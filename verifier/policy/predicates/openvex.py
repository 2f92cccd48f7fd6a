"""OpenVEX documents.

https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md: v0.2.0, and v0.0.1, where vulnerabilities and
products are plain texts and subcomponents stand beside the products.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from verifier.json_nodes import (
    any_member,
    as_object,
    as_text,
    child,
    items,
    member,
    objects,
    raising,
    required_text,
    shown,
    text,
    texts,
    time,
)
from verifier.limits import VEX_STATEMENTS
from verifier.model.predicate import predicate_document
from verifier.model.statement import Statement
from verifier.policy.predicates.nodes import PredicateError, at_path
from verifier.strict_json import Json

_CONTEXT = re.compile(r"https://openvex\.dev/ns(/v0\.(0\.[0-9]{1,3}|1\.[0-9]{1,3}|2\.[0-9]{1,3}))?")

STATUSES = ("not_affected", "affected", "fixed", "under_investigation")
JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)


@dataclass(frozen=True, slots=True)
class Component:
    """A product, or a part of one: the identifiers (package URLs, mostly) and SHA-256 digests it has."""

    identifiers: tuple[str, ...]
    sha256: str
    subcomponents: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class VexStatement:
    """One statement. ``names`` are those of the vulnerability; ``at`` is when it was said, as it says."""

    names: tuple[str, ...]
    products: tuple[Component, ...]
    status: str
    justification: str
    at: datetime
    path: str


@dataclass(frozen=True, slots=True)
class VexDocument:
    """An OpenVEX document, who wrote it, as it says, and its statements."""

    author: str
    statements: tuple[VexStatement, ...]


@raising(at_path)
def read_vex(statement: Statement) -> VexDocument:
    """Read the OpenVEX document in ``statement``, or raise `StatementError` (mostly `PredicateError`)."""
    document = as_object(predicate_document(statement), "$")
    at = any_member("$", "@context")
    context = as_text(document.get("@context") or "", at)
    if not _CONTEXT.fullmatch(context):
        said_so = f"not a version of OpenVEX that can be read: {shown(context)}" if context else "missing"
        raise PredicateError(said_so, path=at)
    if len(items(document, "statements", "$")) > VEX_STATEMENTS:
        raise PredicateError(f"more than {VEX_STATEMENTS} statements", path="$.statements")
    said = _said_at(document, "$")
    return VexDocument(
        text(document, "author", "$"),
        tuple(_statement(node, here, said) for here, node in objects(document, "statements", "$")),
    )


def _statement(node: Mapping[str, Json], at: str, document_at: datetime | None) -> VexStatement:
    status, justification = required_text(node, "status", at), text(node, "justification", at)
    if status not in STATUSES:
        raise PredicateError(f"not a status: {shown(status)}", path=member(at, "status"))
    if justification and justification not in JUSTIFICATIONS:
        raise PredicateError(f"not a justification: {shown(justification)}", path=member(at, "justification"))
    # Clause "Inheritance Flow": a time of the statement overrides that of the document.
    said = _said_at(node, at) or document_at
    if said is None:
        raise PredicateError("has no time, and neither has the document", path=at)
    parts = _components(node, "subcomponents", at)
    return VexStatement(
        names=_names(node, at),
        products=tuple(_with_parts(product, parts) for product in _components(node, "products", at)),
        status=status,
        justification=justification,
        at=said,
        path=at,
    )


def _said_at(node: Mapping[str, Json], at: str) -> datetime | None:
    """When it was last said."""
    times = [found for key in ("timestamp", "last_updated") if (found := time(node, key, at)) is not None]
    return max(times, default=None)


def _names(node: Mapping[str, Json], at: str) -> tuple[str, ...]:
    here = member(at, "vulnerability")
    if isinstance(node.get("vulnerability"), str):
        return (required_text(node, "vulnerability", at),)
    vulnerability = child(node, "vulnerability", at)
    name = required_text(vulnerability, "name", here)
    return tuple(dict.fromkeys((name, *texts(vulnerability, "aliases", here))))


def _components(node: Mapping[str, Json], key: str, at: str) -> tuple[Component, ...]:
    here = member(at, key)
    return tuple(_component(item, f"{here}[{number}]") for number, item in enumerate(items(node, key, at)))


def _component(item: Json, at: str) -> Component:
    if isinstance(item, str):
        return Component((item,), "")
    node = as_object(item, at)
    identifiers, hashes = child(node, "identifiers", at), child(node, "hashes", at)
    named = (text(node, "@id", at), text(identifiers, "purl", member(at, "identifiers")))
    return Component(
        tuple(dict.fromkeys(name for name in named if name)),
        text(hashes, "sha-256", member(at, "hashes")),
        _components(node, "subcomponents", at),
    )


def _with_parts(product: Component, parts: tuple[Component, ...]) -> Component:
    """``product`` with the parts that its statement, and not itself, names."""
    if not parts:
        return product
    return Component(product.identifiers, product.sha256, (*product.subcomponents, *parts))
