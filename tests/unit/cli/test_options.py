"""What the options are called, where else they can come from, and what is read from them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from verifier.cli import main
from verifier.cli.build import build_settings
from verifier.cli.commands import COMMANDS
from verifier.cli.options import (
    CacheOptions,
    FetchOptions,
    PlatformOption,
    SignerOptions,
    TrustOptions,
)
from verifier.cli.reporting import parse_report
from verifier.errors import InputError, UsageError
from verifier.model.platform import Platform

# The options of `verify image`, from the documentation of the command line.
DOCUMENTED = {
    "--platform",
    "--policy",
    "--certificate-identity",
    "--certificate-identity-regexp",
    "--certificate-oidc-issuer",
    "--certificate-oidc-issuer-regexp",
    "--key",
    "--require",
    "--trusted-root",
    "--staging",
    "--offline",
    "--at",
    "--output",
    "--report",
    "--verifier-id",
    "--save-evidence",
    "--allow-http",
    "--timeout",
    "--no-cache",
    "--cache-dir",
    "--quiet",
    "--verbose",
    "--no-color",
}
SHORT = {"-o": "--output", "-q": "--quiet", "-v": "--verbose"}


def commands() -> dict[str, Any]:
    """Every command by its words."""
    main.app.registered_commands.clear()
    main.app.registered_groups.clear()
    main._register(COMMANDS)
    found: dict[str, Any] = {}

    def walk(command: Any, words: str) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{words} {name}".strip())
        if not hasattr(command, "commands"):
            found[words] = command

    walk(typer.main.get_command(main.app), "")
    return found


def options(command: Any) -> dict[str, Any]:
    """The options of a command by their long names."""
    return {
        name: parameter
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("--") and name != "--help"
    }


def test_the_main_command_has_the_documented_options_and_no_other() -> None:
    image = commands()["image"]
    assert set(options(image)) == DOCUMENTED
    short = {name: p.opts for p in image.params for name in p.opts if len(name) == 2}
    assert {name: next(o for o in opts if o.startswith("--")) for name, opts in short.items()} == SHORT


def test_every_option_of_every_command_has_its_environment_variable_and_help() -> None:
    found = commands()
    assert len(found) >= 14
    for words, command in found.items():
        assert command.help, words
        for name, option in options(command).items():
            assert option.envvar == f"VERIFY_{name.removeprefix('--').upper().replace('-', '_')}", words
            assert option.help, (words, name)


def test_an_option_is_the_same_wherever_it_stands() -> None:
    """But for the formats and the artifact, whose meaning is the command's."""
    seen: dict[str, tuple[str, str]] = {}
    for words, command in commands().items():
        for name, option in options(command).items():
            if name == "--output":
                continue
            first = seen.setdefault(name, (words, option.help))
            assert option.help == first[1], (name, words, first[0])


def test_settings_take_everything() -> None:
    settings = build_settings(
        signer=SignerOptions(
            policy=["a.yaml", "sample"],
            certificate_identity="i",
            certificate_identity_regexp="ir",
            certificate_oidc_issuer="o",
            certificate_oidc_issuer_regexp="or",
            key=[Path("k.pub")],
        ),
        require=["spdx"],
        platform=PlatformOption(platform=["linux/amd64"]),
        trust=TrustOptions(trusted_root=Path("t.json"), staging=True, offline=True),
        fetch=FetchOptions(allow_http=["127.0.0.1:5000"], timeout=3.5),
        cache=CacheOptions(cache_dir=Path("c")),
        at="2026-11-01T12:00:00Z",
    )
    assert settings.policies == ("a.yaml", "sample")
    signer = settings.signer
    assert (signer.identity, signer.identity_regexp, signer.issuer, signer.issuer_regexp) == (
        "i",
        "ir",
        "o",
        "or",
    )
    assert (signer.keys, signer.require) == ((Path("k.pub"),), ("spdx",))
    assert settings.platforms == (Platform("linux", "amd64"),)
    assert (settings.trusted_root, settings.staging, settings.offline) == (Path("t.json"), True, True)
    assert (settings.allow_http, settings.timeout) == (frozenset({"127.0.0.1:5000"}), 3.5)
    assert settings.cache == Path("c")
    assert settings.at == datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_nothing_is_kept_when_nothing_may_be_kept() -> None:
    assert build_settings(cache=CacheOptions(no_cache=True, cache_dir=Path("c"))).cache is None


def test_without_options_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/user")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    settings = build_settings()
    assert (settings.policies, settings.platforms, settings.trusted_root) == ((), (), None)
    assert (settings.staging, settings.offline, settings.allow_http) == (False, False, frozenset())
    assert settings.timeout == 120
    assert settings.cache == Path("/home/user/.cache/verifier")
    # Seconds are what reports show.
    assert settings.at.microsecond == 0


def test_reports_are_a_format_and_a_file() -> None:
    assert parse_report("json=a.json") == ("json", Path("a.json"))
    assert parse_report("text=a=b c") == ("text", Path("a=b c"))
    for text in ("json", "json=", "=a", "", "JSON=a", " json=a"):
        with pytest.raises(UsageError):
            parse_report(text)


@pytest.mark.parametrize("at", ["2026-11-01", "2026-11-01T12:00:00", "12:00:00Z", "now", "", "\x00"])
def test_a_time_without_a_zone_is_refused(at: str) -> None:
    with pytest.raises(InputError) as caught:
        build_settings(at=at)
    assert caught.value.hint
