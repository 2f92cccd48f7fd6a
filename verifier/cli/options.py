"""Options that several commands share, each group said once.

A command takes a group as one parameter (``options: ImageOptions``); `expanded` shows Typer its fields as
options of the command and puts the values back together.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from verifier.limits import TIMEOUT_SECONDS

Function = TypeVar("Function", bound=Callable[..., Any])

_WHO = "Who must have signed"
_WHAT = "What is judged"
_TRUST = "Trust and time"
_FETCH = "Fetching"
_SHOW = "Output"


def _env(name: str) -> str:
    return f"VERIFY_{name.upper().replace('-', '_')}"


def option(name: str, panel: str, description: str, *more: str, **settings: Any) -> Any:
    """An option with its environment variable ``VERIFY_<OPTION>``."""
    return typer.Option(
        f"--{name}",
        *more,
        help=description,
        envvar=_env(name),
        show_envvar=False,  # said once, in the help of the program
        rich_help_panel=panel,
        **settings,
    )


def _complete_policies(incomplete: str) -> list[str]:
    from verifier.policy.shipped import names

    return [name for name in names() if name.startswith(incomplete)]


def _complete_requirements(incomplete: str) -> list[str]:
    from verifier.model.predicate import ALIASES

    return [name for name in ("signature", *ALIASES) if name.startswith(incomplete)]


def _complete_platforms(incomplete: str) -> list[str]:
    usual = ("all", "linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x", "linux/ppc64le")
    return [name for name in usual if name.startswith(incomplete)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerOptions:
    """Who must have signed."""

    policy: Annotated[
        list[str] | None,
        option(
            "policy",
            _WHO,
            "A policy file, or the name of a shipped policy. Every one that is about the image must pass."
            " Without it the shipped policies that are about the image apply. Repeatable.",
            metavar="FILE|NAME",
            autocompletion=_complete_policies,
        ),
    ] = None
    certificate_identity: Annotated[
        str | None,
        option("certificate-identity", _WHO, "The signer's subject, exactly.", metavar="SUBJECT"),
    ] = None
    certificate_identity_regexp: Annotated[
        str | None,
        option(
            "certificate-identity-regexp",
            _WHO,
            "…-regexp: an RE2 expression that must match the whole subject.",
            metavar="RE2",
        ),
    ] = None
    certificate_oidc_issuer: Annotated[
        str | None,
        option("certificate-oidc-issuer", _WHO, "The signer's OIDC issuer, exactly.", metavar="URL"),
    ] = None
    certificate_oidc_issuer_regexp: Annotated[
        str | None,
        option(
            "certificate-oidc-issuer-regexp",
            _WHO,
            "…-regexp: an RE2 expression that must match the whole issuer.",
            metavar="RE2",
        ),
    ] = None
    key: Annotated[
        list[Path] | None,
        option("key", _WHO, "A public key (PEM) instead of an identity. Repeatable.", metavar="FILE"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequireOption:
    """What an ad-hoc signer must have said."""

    require: Annotated[
        list[str] | None,
        option(
            "require",
            _WHO,
            "With an identity or key: 'signature' (the default) or a predicate type, as URI or alias (spdx,"
            " cyclonedx, slsa-provenance, vuln, openvex, vsa, …). Repeatable; replaces the default.",
            metavar="WHAT",
            autocompletion=_complete_requirements,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformOption:
    """Which platforms."""

    platform: Annotated[
        list[str] | None,
        option(
            "platform",
            _WHAT,
            "Judge only this platform of an index. Default: every one that can run. Repeatable.",
            metavar="OS/ARCH[/VARIANT]|all",
            autocompletion=_complete_platforms,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustOptions:
    """Which keys and authorities are trusted."""

    trusted_root: Annotated[
        Path | None,
        option(
            "trusted-root",
            _TRUST,
            "A trusted_root.json. Default: Sigstore's public good instance over TUF.",
            metavar="FILE",
        ),
    ] = None
    staging: Annotated[bool, option("staging", _TRUST, "Use Sigstore's staging instance.")] = False
    offline: Annotated[
        bool,
        option(
            "offline",
            _TRUST,
            "No network at all: a trust root that is already here, evidence from a layout.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOptions:
    """Where content is kept."""

    cache_dir: Annotated[
        Path | None,
        option("cache-dir", _FETCH, "Where to keep content by digest.", metavar="DIRECTORY"),
    ] = None
    no_cache: Annotated[bool, option("no-cache", _FETCH, "Keep nothing, and use nothing that was kept.")] = (
        False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """How registries are talked to."""

    allow_http: Annotated[
        list[str] | None,
        option(
            "allow-http",
            _FETCH,
            "Talk to this registry without TLS. Repeatable.",
            metavar="HOST[:PORT]",
        ),
    ] = None
    timeout: Annotated[
        float,
        option(
            "timeout",
            _FETCH,
            "Give up after so many seconds, also while something is computed.",
            metavar="SECONDS",
            min=0.1,
        ),
    ] = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """How much is shown."""

    quiet: Annotated[bool, option("quiet", _SHOW, "Only the verdict.", "-q")] = False
    verbose: Annotated[bool, option("verbose", _SHOW, "All that was looked at.", "-v")] = False
    no_color: Annotated[bool, option("no-color", _SHOW, "No colour.")] = False


def expanded(function: Function) -> Function:
    """Replace every parameter of ``function`` that is an option group by the fields of the group."""
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        kind = hints[parameter.name]
        if not is_dataclass(kind):
            # Options keep the order in which they are written, behind the arguments.
            is_argument = parameter.default is inspect.Parameter.empty
            place = parameter.kind if is_argument else inspect.Parameter.KEYWORD_ONLY
            parameters.append(parameter.replace(annotation=kind, kind=place))
            continue
        groups[parameter.name] = kind
        inner = get_type_hints(kind, include_extras=True)
        parameters += [
            inspect.Parameter(
                item.name, inspect.Parameter.KEYWORD_ONLY, default=item.default, annotation=inner[item.name]
            )
            for item in fields(kind)
        ]

    @functools.wraps(function)
    def command(*arguments: Any, **values: Any) -> Any:
        for name, kind in groups.items():
            values[name] = kind(**{item.name: values.pop(item.name) for item in fields(kind)})
        return function(*arguments, **values)

    ordered = sorted(parameters, key=lambda item: item.kind)
    signature = inspect.Signature(ordered)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in ordered}
    # inspect and typing follow this to the original, whose parameters are other ones.
    del command.__wrapped__
    return command  # type: ignore[return-value]
