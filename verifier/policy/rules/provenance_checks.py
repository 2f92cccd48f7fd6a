"""What a policy can ask of a provenance, one kind of question a class."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from verifier.json_nodes import any_member
from verifier.policy.predicates.slsa import Material, Provenance
from verifier.policy.text_patterns import TextMatcher
from verifier.strict_json import Json
from verifier.text import safe

Scalar = str | int | float | bool
Subject = Literal["builder", "build-type", "source", "ref", "entry-point"]

# in-toto attestation framework, spec/v1/digest_set.md: the algorithms that resist collisions, and the length
# of their values in hexadecimal.
_STRONG = {
    "sha256": {64},
    "sha384": {96},
    "sha512": {128},
    "sha512_256": {64},
    "sha3_256": {64},
    "sha3_384": {96},
    "sha3_512": {128},
    "gitCommit": {40, 64},
    "gitTree": {40, 64},
    "gitBlob": {40, 64},
    "gitTag": {40, 64},
}
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")
_GIT = re.compile(r"git(?:\+[a-z]+)?:|[^?]*\.git(?:[@#?]|$)")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_EMPTY: tuple[Json, ...] = (None, {}, [])


class Problem(NamedTuple):
    """What is wrong, what to do, and where in the predicate it stands."""

    message: str
    hint: str
    path: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One text of the provenance is as wanted."""

    subject: Subject
    wanted: TextMatcher

    def problems(self, provenance: Provenance) -> Iterator[Problem]:
        """The problem that it is another one, or missing."""
        value, path = _claimed(provenance, self.subject)
        if value and self.wanted.matches(value):
            return
        name = _WORDS[self.subject]
        said = (
            f"the {name} is {safe(value, limit=300)}" if value else f"the provenance does not say its {name}"
        )
        near = (
            " (the pattern matches a part of it, and must match the whole)"
            if self.wanted.matches_a_part(value)
            else ""
        )
        yield Problem(
            f"{said}, and the policy wants {self.wanted}{near}",
            f"build it where the policy wants it built, or name this {name} under '{self.subject}'",
            path,
        )

    def __str__(self) -> str:
        return f"{_WORDS[self.subject]} is {self.wanted}"


_WORDS: dict[Subject, str] = {
    "builder": "builder",
    "build-type": "build type",
    "source": "source repository",
    "ref": "source ref",
    "entry-point": "entry point",
}


def _claimed(provenance: Provenance, subject: Subject) -> tuple[str, str]:
    source = provenance.source
    match subject:
        case "builder":
            return provenance.builder, provenance.builder_path
        case "build-type":
            return provenance.build_type, provenance.build_type_path
        case "source":
            return (source.repository, source.path) if source else ("", provenance.parameters_path)
        case "ref":
            return (source.ref, source.path) if source else ("", provenance.parameters_path)
        case "entry-point":
            return provenance.entry_point, provenance.entry_point_path


@dataclass(frozen=True, slots=True)
class Parameter:
    """The external parameter at ``path`` (keys with dots between, or a JSON pointer) has this very value."""

    path: str
    wanted: Scalar

    def problems(self, provenance: Provenance) -> Iterator[Problem]:
        """The problem that it has another value, or none."""
        found, value = _at(dict(provenance.parameters), self._keys())
        if found and _equal(value, self.wanted):
            return
        here = provenance.parameters_path
        for key in self._keys():
            here = any_member(here, key)
        name = safe(self.path, limit=100)
        said = f"the parameter {name} is {_json(value)}" if found else f"the parameter {name} is not set"
        yield Problem(
            f"{said}, and the policy wants {_json(self.wanted)}",
            "a text, a number and a truth value are never equal; 'verify attestations --type slsa-provenance"
            " --predicate' shows what was set",
            here,
        )

    def _keys(self) -> list[str]:
        # RFC 6901, section 4: ~1 first, so that ~01 is ~1.
        if self.path.startswith("/"):
            return [key.replace("~1", "/").replace("~0", "~") for key in self.path[1:].split("/")]
        return self.path.split(".")

    def __str__(self) -> str:
        return f"parameter {safe(self.path, limit=100)} is {_json(self.wanted)}"


@dataclass(frozen=True, slots=True)
class OnlyParameters:
    """No external parameter is set but these; null, ``{}`` and ``[]`` are not set (SLSA, "Parsing rules")."""

    names: tuple[str, ...]

    def problems(self, provenance: Provenance) -> Iterator[Problem]:
        """One for each other parameter."""
        for name, value in provenance.parameters.items():
            if name not in self.names and value not in _EMPTY:
                yield Problem(
                    f"the parameter {safe(name, limit=100)!r} is set, and the policy wants none but"
                    f" {', '.join(map(safe, self.names))}",
                    "a parameter is outside control over the build; when it is harmless, add its name",
                    any_member(provenance.parameters_path, name),
                )

    def __str__(self) -> str:
        return f"external parameters are none but {', '.join(map(safe, self.names))}"


@dataclass(frozen=True, slots=True)
class Materials:
    """The materials are listed, all with a digest where they must be ``pinned``, all one of ``allowed``."""

    pinned: bool
    allowed: tuple[TextMatcher, ...]

    def problems(self, provenance: Provenance) -> Iterator[Problem]:
        """One for each material that is otherwise, or one that there are none."""
        if not provenance.materials:
            yield Problem(
                "the provenance lists no materials",
                "have the builder record what went into the build",
                provenance.materials_path,
            )
        for material in provenance.materials:
            name = safe(material.uri or material.name or material.path, limit=200)
            if self.pinned and not _is_pinned(material):
                yield Problem(
                    f"the material {name} is not pinned: it has no digest that identifies it",
                    "have the builder fetch it by digest, or by commit",
                    material.path,
                )
            if self.allowed and not any(wanted.matches(material.uri) for wanted in self.allowed):
                yield Problem(
                    f"the material {name} is none of those that the policy allows",
                    "add it to 'allow' or 'allow-pattern' of 'materials' where it may go into the build",
                    material.path,
                )

    def __str__(self) -> str:
        pinned = ["are pinned by digest"] if self.pinned else []
        allowed = [f"are {' or '.join(map(str, self.allowed))}"] if self.allowed else []
        return f"materials {' and '.join(pinned + allowed)}"


Check = Claim | Parameter | OnlyParameters | Materials


def _is_pinned(material: Material) -> bool:
    # sha1 is what v0.2 calls the digest of a commit; of a file it can be forged.
    strong = {**_STRONG, "sha1": {40}} if _GIT.match(material.uri) else _STRONG
    return any(
        len(value) in strong.get(algorithm, ()) and _HEXADECIMAL.fullmatch(value)
        for algorithm, value in material.digests
    )


def _at(node: Json, keys: list[str]) -> tuple[bool, Json]:
    """Whether there is something other than null at ``keys``, and what."""
    for key in keys:
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and _INDEX.fullmatch(key) and int(key) < len(node):
            node = node[int(key)]
        else:
            return False, None
    return node is not None, node


def _equal(value: Json, wanted: Scalar) -> bool:
    """Python's True is 1; JSON's is not."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, str):
        return value == wanted
    return isinstance(value, int | float) and value == wanted


def _json(value: Json) -> str:
    return safe(json.dumps(value, ensure_ascii=False), limit=200)
