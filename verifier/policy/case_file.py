"""Test files of policies: what a policy must say of which evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from verifier.errors import InputError, PolicyError
from verifier.limits import POLICY_BYTES
from verifier.local_files import read_bounded
from verifier.model.finding import Outcome, Verdict
from verifier.model.platform import Platform
from verifier.model.reference import ImageReference, LayoutReference
from verifier.model.reference_parser import parse_reference
from verifier.policy.files import beside
from verifier.policy.schema_errors import explain, position
from verifier.policy.shipped import names
from verifier.policy.times import parse_time
from verifier.policy.yaml_loader import Document, load
from verifier.policy.yaml_loader import Path as Place
from verifier.text import safe

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

T = TypeVar("T")
_HINT = "docs/policy-testing.md describes test files"


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come out. ``checks`` and ``codes`` by the names of rules in reports; never all empty."""

    verdict: Verdict | None
    checks: Mapping[str, Outcome]
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCase:
    """One case. ``image`` is what the evidence is judged as, None where as a layout.

    ``at`` and ``trusted_root`` are None where the evidence itself says them. ``place`` is where it stands.
    """

    name: str
    place: str
    evidence: LayoutReference
    image: ImageReference | None
    at: datetime | None
    trusted_root: Path | None
    platforms: tuple[Platform, ...]
    expected: Expected


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file: a policy as ``--policy`` takes it, and its cases, never none."""

    path: Path
    policy: str
    cases: tuple[PolicyCase, ...]


def read_case_file(path: Path) -> CaseFile:
    """Read a test file, or raise `PolicyError`. Nothing that it names is opened."""
    try:
        raw = read_bounded(path, POLICY_BYTES)
    except OSError as error:
        raise PolicyError(f"cannot read the test file {safe(path)}: {error.strerror}", hint=_HINT) from error
    document = load(raw, source=str(path))
    _validate(document)
    return _Reader(document, path).file()


def _validate(document: Document) -> None:
    errors = list(_validator().iter_errors(document.data))
    if errors:
        first = min(errors, key=lambda error: position(document, tuple(error.absolute_path)))
        raise explain(document, (), first, whole="the test file", otherwise=_HINT)


@cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    text = resources.files("verifier.policy").joinpath("case_schema.json").read_text("utf-8")
    # An empty registry: no reference is ever fetched.
    return Draft202012Validator(json.loads(text), registry=Registry())


class _Reader:
    """One file whose shape is right."""

    def __init__(self, document: Document, path: Path) -> None:
        self._document = document
        self._path = path

    def file(self) -> CaseFile:
        data = self._document.data
        cases = tuple(self._case(item, ("cases", number)) for number, item in enumerate(data["cases"]))
        seen: set[str] = set()
        for number, case in enumerate(cases):
            if case.name in seen:
                raise self._error(("cases", number, "name"), f"two cases are called {safe(case.name)!r}")
            seen.add(case.name)
        return CaseFile(self._path, self._at(("policy",), self._policy, data["policy"]), cases)

    def _case(self, data: Mapping[str, Any], path: Place) -> PolicyCase:
        def read(key: str, how: Callable[[Any], T]) -> T | None:
            return self._at((*path, key), how, data[key]) if key in data else None

        evidence = self._at((*path, "evidence"), self._evidence, data["evidence"])
        image = read("image", _image)
        if image is not None and image.digest is not None:
            if evidence.digest not in {None, image.digest}:
                raise self._error((*path, "image"), "image and evidence name two digests")
            evidence = replace(evidence, digest=image.digest)
        platforms = enumerate(data.get("platforms", ()))
        return PolicyCase(
            name=data["name"],
            place=self._document.place(path),
            evidence=evidence,
            image=image,
            at=read("at", parse_time),
            trusted_root=read("trusted-root", self._beside),
            platforms=tuple(self._at((*path, "platforms", n), Platform.parse, text) for n, text in platforms),
            expected=_expected(data["expect"]),
        )

    def _policy(self, text: str) -> str:
        """A path is made absolute, and so can be no shipped policy's name."""
        if "/" in text or text.endswith((".yaml", ".yml")):
            return str(self._beside(text))
        if text not in names():
            raise InputError(
                f"no policy is called {safe(text, limit=100)!r}",
                hint="'verify policy list' shows the shipped ones; a file is named with its ending, app.yaml",
            )
        return text

    def _evidence(self, text: str) -> LayoutReference:
        reference = parse_reference(f"oci:{text}")
        if not isinstance(reference, LayoutReference):
            raise InputError("not an OCI layout")
        path = self._beside(reference.path)
        try:
            archive = path.is_file()
        except OSError as error:
            raise InputError(f"cannot look at {safe(text, limit=200)!r}: {error.strerror}") from error
        return replace(reference, path=str(path), archive=archive)

    def _beside(self, text: str) -> Path:
        return beside(self._path.parent, text, whose="the test file's")

    def _at(self, path: Place, read: Callable[[Any], T], value: Any) -> T:
        """``read(value)``, and where that is wrong, say where it stands."""
        try:
            return read(value)
        except InputError as error:
            raise self._error(path, error.message, error.hint) from None

    def _error(self, path: Place, message: str, hint: str | None = None) -> PolicyError:
        return PolicyError(message, place=self._document.place(path), hint=hint or _HINT)


def _image(text: str) -> ImageReference:
    reference = parse_reference(text)
    if not isinstance(reference, ImageReference):
        raise InputError("a layout is no image in a registry", hint="the layout belongs under 'evidence'")
    return reference


def _expected(data: Mapping[str, Any]) -> Expected:
    return Expected(
        verdict=Verdict[data["verdict"].upper()] if "verdict" in data else None,
        checks={rule: Outcome(outcome) for rule, outcome in data.get("checks", {}).items()},
        codes=dict(data.get("codes", {})),
    )
