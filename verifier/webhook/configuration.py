"""The webhook's configuration: all that an operator, and nobody else, decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from verifier.budget import EvidenceBounds
from verifier.errors import InputError, PolicyError, UsageError
from verifier.limits import (
    ADMISSION_CACHE_IMAGES,
    ADMISSION_CACHE_MEBIBYTES,
    ADMISSION_CACHE_SECONDS,
    ADMISSION_EVIDENCE_MEBIBYTES,
    ADMISSION_EVIDENCE_VALUES,
    ADMISSION_IMAGE_MEMORY,
    ADMISSION_RELOAD_SECONDS,
    ADMISSION_REVIEW_SECONDS,
    ADMISSION_SHUTDOWN_SECONDS,
    ADMISSION_VERIFICATION_SECONDS,
    ADMISSION_VERIFICATIONS,
    MIB,
    POLICY_BYTES,
)
from verifier.local_files import read_bounded
from verifier.model.platform import Platform
from verifier.policy.schema_errors import explain, position
from verifier.policy.times import parse_time
from verifier.policy.visible import require_visible
from verifier.policy.yaml_loader import Document, load
from verifier.policy.yaml_loader import Path as Place
from verifier.settings import parse_hosts, parse_platforms
from verifier.text import safe
from verifier.webhook.rules import BreakGlass, Exemption, Rules

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

T = TypeVar("T")
_HINT: Final = "docs/admission.md describes the configuration"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds; see the schema."""

    review: float = ADMISSION_REVIEW_SECONDS
    verification: float = ADMISSION_VERIFICATION_SECONDS
    reload: float = ADMISSION_RELOAD_SECONDS
    shutdown: float = ADMISSION_SHUTDOWN_SECONDS


@dataclass(frozen=True, slots=True)
class CacheBounds:
    """How much evidence is kept, and how long; ``redis`` is where replicas share it, or None."""

    seconds: float = ADMISSION_CACHE_SECONDS
    images: int = ADMISSION_CACHE_IMAGES
    mebibytes: int = ADMISSION_CACHE_MEBIBYTES
    redis: str | None = None


def evidence_bounds(mebibytes: int) -> EvidenceBounds:
    """The bounds of one image where so much of signatures and attestations is read at the most."""
    total = mebibytes * MIB
    return EvidenceBounds(
        item=total // 2,
        total=total,
        values=mebibytes * ADMISSION_EVIDENCE_VALUES,
        memory=total * ADMISSION_IMAGE_MEMORY,
    )


@dataclass(frozen=True, slots=True)
class Configuration:
    """One webhook. ``registries`` are the only ones that are asked; empty for any.

    ``private_registries`` as in `Settings`; ``policies`` may be empty where others are given beside it.
    """

    policies: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
    kinds: Path | None = None
    trusted_root: Path | None = None
    platforms: tuple[Platform, ...] = ()
    registries: frozenset[str] = frozenset()
    private_registries: frozenset[str] | None = frozenset()
    plain_http: frozenset[str] = frozenset()
    pull_secrets: bool = False
    timeouts: Timeouts = field(default_factory=Timeouts)
    cache: CacheBounds = field(default_factory=CacheBounds)
    verifications: int = ADMISSION_VERIFICATIONS
    evidence: EvidenceBounds = field(default_factory=lambda: evidence_bounds(ADMISSION_EVIDENCE_MEBIBYTES))


def read_configuration(path: Path) -> Configuration:
    """Read a configuration file, or raise `PolicyError` that says the place."""
    try:
        raw = read_bounded(path, POLICY_BYTES)
    except OSError as error:
        raise UsageError(
            f"cannot read the configuration {safe(path)}: {error.strerror}", hint=_HINT
        ) from error
    document = load(raw, source=str(path))
    require_visible(document)
    errors = list(_validator().iter_errors(document.data))
    if errors:
        first = min(errors, key=lambda error: position(document, tuple(error.absolute_path)))
        raise explain(document, (), first, whole="the configuration", otherwise=_HINT)
    return _Reader(document, path.parent).configuration()


@cache
def configuration_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the configuration."""
    text = resources.files("verifier.webhook").joinpath("configuration.schema.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    return Draft202012Validator(configuration_schema(), registry=Registry())


class _Reader:
    """One file whose shape is right. Paths in it are from its folder."""

    def __init__(self, document: Document, folder: Path) -> None:
        self._document = document
        self._data: Mapping[str, Any] = document.data
        self._folder = folder

    def configuration(self) -> Configuration:
        registries = self._data.get("registries", {})
        cache = self._data.get("cache", {})
        times = self._data.get("timeouts", {})
        return Configuration(
            policies=tuple(self._policy(text) for text in self._data["policies"]),
            rules=self._rules(),
            kinds=self._path("kinds"),
            trusted_root=self._path("trusted-root"),
            platforms=self._at(("platforms",), parse_platforms, self._data.get("platforms", [])),
            registries=self._hosts(registries, "allowed"),
            private_registries=self._hosts(registries, "private"),
            plain_http=self._hosts(registries, "plain-http"),
            pull_secrets=self._data.get("pull-secrets", False),
            timeouts=Timeouts(**{key.removesuffix("-seconds"): float(value) for key, value in times.items()}),
            cache=CacheBounds(**{**cache, "redis": self._at(("cache", "redis"), _redis, cache.get("redis"))}),
            verifications=self._data.get("verifications", ADMISSION_VERIFICATIONS),
            evidence=evidence_bounds(self._data.get("evidence-mebibytes", ADMISSION_EVIDENCE_MEBIBYTES)),
        )

    def _path(self, key: str) -> Path | None:
        return self._folder / self._data[key] if key in self._data else None

    def _policy(self, text: str) -> str:
        """A path is from the folder of the configuration; a name without an ending is a shipped policy's."""
        path = self._folder / text
        is_path = "/" in text or path.suffix in {".yaml", ".yml"} or path.is_dir()
        return str(path) if is_path else text

    def _hosts(self, registries: Mapping[str, Any], name: str) -> frozenset[str]:
        return self._at(("registries", name), parse_hosts, registries.get(name, []))

    def _rules(self) -> Rules:
        data = self._data
        return Rules(
            audit=data.get("mode") == "audit",
            audit_namespaces=frozenset(data.get("audit-namespaces", ())),
            ignored_kinds=frozenset(data.get("ignored-kinds", ())),
            exemptions=tuple(
                self._exemption(item, ("exemptions", n)) for n, item in enumerate(data.get("exemptions", ()))
            ),
            break_glass=self._at(("break-glass",), _break_glass, data.get("break-glass")),
        )

    def _exemption(self, item: Mapping[str, Any], place: Place) -> Exemption:
        until = item.get("until")
        return Exemption(
            id=item["id"],
            reason=item["reason"],
            namespaces=frozenset(item["namespaces"]),
            kinds=frozenset(item.get("kinds", ())),
            names=self._at((*place, "names"), _names, item.get("names", ())),
            until=None if until is None else self._at((*place, "until"), parse_time, until),
        )

    def _at(self, path: Place, read: Callable[[Any], T], value: Any) -> T:
        try:
            return read(value)
        except InputError as error:
            # On the command line the same is said of an option.
            message = error.message.removeprefix("--allow-http: ")
            raise PolicyError(message, place=self._document.place(path), hint=error.hint) from None


def _names(texts: list[str]) -> tuple[str, ...]:
    for text in texts:
        if "*" in text[:-1] or text == "*":
            raise InputError(
                f"{safe(text, limit=80)!r}: a star stands at the end, behind something",
                hint="leave 'names' out to exempt every object of the namespaces and kinds",
            )
    return tuple(texts)


def _redis(text: str | None) -> str | None:
    if text is None:
        return None
    wrong = InputError("not redis://HOST[:PORT]/[DB] or rediss://HOST[:PORT]/[DB]")
    try:
        parts = urlsplit(text)
        if parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.port == 0:
            raise wrong
    except ValueError:
        raise wrong from None
    if parts.password is not None:
        raise InputError(
            "a password does not belong into a configuration", hint="put it into VERIFY_REDIS_PASSWORD"
        )
    return text


def _break_glass(data: Mapping[str, Any] | None) -> BreakGlass | None:
    if data is None:
        return None
    users, groups = frozenset(data.get("users", ())), frozenset(data.get("groups", ()))
    if not users and not groups:
        raise InputError("nobody may break the glass: name users or groups")
    for group in sorted(groups):
        if group in {"system:authenticated", "system:unauthenticated"} or group.startswith(
            "system:serviceaccounts"
        ):
            raise InputError(f"{safe(group, limit=120)} is everybody, or every program")
    for user in sorted(users):
        if user.startswith("system:serviceaccount:kube-system:"):
            raise InputError(
                f"{safe(user, limit=120)} does what others ask: whoever may create a workload could use it",
                hint="let named people break the glass, or write an exemption with 'until'",
            )
    return BreakGlass(data["annotation"], users, groups)
