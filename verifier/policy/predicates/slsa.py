"""SLSA provenance, v0.2 and v1, as one value.

https://slsa.dev/spec/v0.2/provenance and https://slsa.dev/spec/v1.1/provenance. Everything in it is a claim
of whoever signed it; what the signing certificate says is another matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from verifier.errors import StatementError
from verifier.json_nodes import (
    any_member,
    as_object,
    as_text,
    child,
    items,
    kind,
    member,
    objects,
    raising,
    required_child,
    required_text,
    text,
    time,
)
from verifier.limits import PROVENANCE_MATERIALS
from verifier.model.predicate import predicate_document
from verifier.model.statement import Statement
from verifier.policy.predicates.nodes import PredicateError, at_path
from verifier.policy.predicates.sources import has_dots, read_address, read_repository
from verifier.strict_json import Json
from verifier.text import safe

Digests = tuple[tuple[str, str], ...]
"""Names of algorithms and values: ``(("sha1", "…"),)``."""

# The keys under which builders' external parameters name the source, each in a shape of its own.
_SOURCE_KEYS = ("workflow", "buildConfigSource", "configSource", "source")


@dataclass(frozen=True, slots=True)
class Material:
    """Something that went into the build; ``""`` where it does not say. ``path`` is where it stands."""

    uri: str
    name: str
    digests: Digests
    path: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where the build was defined: a repository as `read_address` gives it, a ref, a commit's digests."""

    repository: str
    ref: str
    digests: Digests
    path: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a provenance says; ``""``, None or empty where it says nothing.

    ``parameters`` are the external ones: ``invocation.parameters`` of v0.2, ``externalParameters`` of v1.
    The members that end in ``_path`` say where they stand.
    """

    version: str
    builder: str
    builder_path: str
    build_type: str
    build_type_path: str
    source: Source | None
    entry_point: str
    entry_point_path: str
    parameters: Mapping[str, Json]
    parameters_path: str
    materials: tuple[Material, ...]
    materials_path: str
    invocation: str
    started: datetime | None
    finished: datetime | None


@raising(at_path)
def read_provenance(statement: Statement) -> Provenance:
    """Read the provenance in ``statement``, or raise `StatementError` (mostly `PredicateError`)."""
    document = predicate_document(statement)
    match statement.predicate_type:
        case "https://slsa.dev/provenance/v0.2":
            return _checked(_v02(as_object(document, "$")))
        case "https://slsa.dev/provenance/v1":
            return _checked(_v1(as_object(document, "$")))
        case other:
            raise StatementError(f"{safe(other, limit=200)} is not a type of provenance that can be read")


def _checked(provenance: Provenance) -> Provenance:
    """``provenance``, unless its source leads elsewhere than it seems to, also to a pattern."""
    source = provenance.source
    if source is not None and has_dots(source.repository):
        raise PredicateError("dots for a part of its path", path=source.path)
    return provenance


def _v02(document: Mapping[str, Json]) -> Provenance:
    invocation = child(document, "invocation", "$")
    config = child(invocation, "configSource", "$.invocation")
    metadata = child(document, "metadata", "$")
    at = "$.invocation.configSource"
    return Provenance(
        version="v0.2",
        builder=text(required_child(document, "builder", "$"), "id", "$.builder"),
        builder_path="$.builder.id",
        build_type=required_text(document, "buildType", "$"),
        build_type_path="$.buildType",
        source=_from_uri(text(config, "uri", at), _digests(config, at), member(at, "uri")),
        entry_point=text(config, "entryPoint", at),
        entry_point_path=member(at, "entryPoint"),
        parameters=child(invocation, "parameters", "$.invocation"),
        parameters_path="$.invocation.parameters",
        materials=_materials(document, "materials", "$"),
        materials_path="$.materials",
        invocation=text(metadata, "buildInvocationId", "$.metadata"),
        started=time(metadata, "buildStartedOn", "$.metadata"),
        finished=time(metadata, "buildFinishedOn", "$.metadata"),
    )


def _v1(document: Mapping[str, Json]) -> Provenance:
    definition = required_child(document, "buildDefinition", "$")
    details = required_child(document, "runDetails", "$")
    metadata = child(details, "metadata", "$.runDetails")
    # Required by the specification; apko's provenance, among others, leaves it out where it is empty.
    parameters = child(definition, "externalParameters", "$.buildDefinition")
    at = "$.buildDefinition.externalParameters"
    materials = _materials(definition, "resolvedDependencies", "$.buildDefinition")
    entry_point, entry_point_path = _entry_point(parameters, at)
    return Provenance(
        version="v1",
        builder=text(required_child(details, "builder", "$.runDetails"), "id", "$.runDetails.builder"),
        builder_path="$.runDetails.builder.id",
        build_type=required_text(definition, "buildType", "$.buildDefinition"),
        build_type_path="$.buildDefinition.buildType",
        source=_source(parameters, materials, at),
        entry_point=entry_point,
        entry_point_path=entry_point_path,
        parameters=parameters,
        parameters_path=at,
        materials=materials,
        materials_path="$.buildDefinition.resolvedDependencies",
        invocation=text(metadata, "invocationId", "$.runDetails.metadata"),
        started=time(metadata, "startedOn", "$.runDetails.metadata"),
        finished=time(metadata, "finishedOn", "$.runDetails.metadata"),
    )


def _source(parameters: Mapping[str, Json], materials: tuple[Material, ...], at: str) -> Source | None:
    """The source, in the one shape that is there; two shapes could name two sources.

    ``workflow``: GitHub Actions and slsa-github-generator. ``buildConfigSource``: Google Cloud Build, Tekton
    Chains. ``configSource``: BuildKit. ``source``: GitLab (a text) and container-based builds (an object).
    """
    keys = [key for key in _SOURCE_KEYS if parameters.get(key) is not None]
    if len(keys) > 1:
        raise PredicateError(f"names its source in several ways: {', '.join(keys)}", path=at)
    if not keys:
        return None
    (key,) = keys
    found: Source | None
    node, here = parameters[key], member(at, key)
    if key in {"workflow", "buildConfigSource"}:
        fields = as_object(node, here)
        uri = text(fields, "repository", here)
        if not uri:
            return None
        found = Source(read_repository(uri), text(fields, "ref", here), (), member(here, "repository"))
    elif isinstance(node, str):
        found = _from_uri(as_text(node, here), (), here)
    else:
        fields = as_object(node, here)
        found = _from_uri(text(fields, "uri", here), _digests(fields, here), member(here, "uri"))
    if found is None or found.digests:
        return found
    return Source(found.repository, found.ref, _resolved(found.repository, materials), found.path)


def _from_uri(uri: str, digests: Digests, path: str) -> Source | None:
    if not uri:
        return None
    address = read_address(uri)
    return Source(address.repository, address.ref, digests, path)


def _resolved(repository: str, materials: tuple[Material, ...]) -> Digests:
    """The digests of the dependencies that are this repository."""
    found = (m.digests for m in materials if read_address(m.uri).repository == repository)
    return tuple(dict.fromkeys(digest for digests in found for digest in digests))


def _entry_point(parameters: Mapping[str, Json], at: str) -> tuple[str, str]:
    """The entry point and where it stands: a path beside the source, or GitLab's name of a job."""
    for key in ("workflow", "buildConfigSource", "configSource"):
        if parameters.get(key) is not None:
            here = member(at, key)
            return text(as_object(parameters[key], here), "path", here), member(here, "path")
    for key in ("entryPoint", "configPath"):
        if parameters.get(key) is not None:
            return text(parameters, key, at), member(at, key)
    return "", at


def _materials(node: Mapping[str, Json], key: str, at: str) -> tuple[Material, ...]:
    if len(items(node, key, at)) > PROVENANCE_MATERIALS:
        raise PredicateError(f"more than {PROVENANCE_MATERIALS} entries", path=member(at, key))
    return tuple(
        Material(text(entry, "uri", here), text(entry, "name", here), _digests(entry, here), here)
        for here, entry in objects(node, key, at)
    )


def _digests(node: Mapping[str, Json], at: str) -> Digests:
    here = member(at, "digest")
    digests = child(node, "digest", at)
    for algorithm, value in digests.items():
        if not isinstance(value, str):
            raise PredicateError(f"{kind(value)} where a text belongs", path=any_member(here, algorithm))
    return tuple((as_text(name, here), as_text(value, here)) for name, value in digests.items())
