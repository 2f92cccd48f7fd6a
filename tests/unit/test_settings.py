"""What the user asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from verifier.errors import InputError, UsageError
from verifier.model.platform import Platform
from verifier.settings import (
    cache_directory,
    home_directory,
    parse_platforms,
    parse_time,
    token_realms,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_platforms() -> None:
    assert parse_platforms([]) == ()
    assert parse_platforms(["all"]) == ()
    amd64, arm = Platform("linux", "amd64"), Platform("linux", "arm", "v7")
    assert parse_platforms(["linux/x86_64", "linux/arm", "linux/amd64"]) == (amd64, arm)
    for texts in (
        ["all", "linux/amd64"],
        ["linux"],
        ["linux/amd64/v1/x"],
        [""],
        ["Linux/amd64"],
        ["linux/amd64\n"],
    ):
        with pytest.raises(InputError):
            parse_platforms(texts)


def test_times() -> None:
    assert parse_time(None, now=NOW) == NOW
    assert parse_time("2026-11-01T02:00:00+02:00", now=NOW) == NOW
    assert parse_time("2026-11-01T00:00:00Z", now=NOW) == NOW
    assert parse_time("2026-10-31T19:30:00-04:30", now=NOW) == NOW
    for text in (
        "",
        "yesterday",
        "2026-11-01",
        "2026-11-01T00:00:00",
        "2026-13-01T00:00:00Z",
        # In UTC it is a year that calendars do not have.
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ):
        with pytest.raises(UsageError):
            parse_time(text, now=NOW)


def test_the_cache_directory() -> None:
    home = Path("/home/user")
    assert cache_directory(None, {}, home) == home / ".cache" / "verifier"
    assert cache_directory(None, {"XDG_CACHE_HOME": "/cache"}, home) == Path("/cache/verifier")
    assert cache_directory(None, {"XDG_CACHE_HOME": "relative"}, home) == home / ".cache" / "verifier"
    assert cache_directory(Path("here"), {"XDG_CACHE_HOME": "/cache"}, home) == Path("here")
    assert cache_directory(None, {}, None) is None
    assert home_directory({"HOME": "/home/user"}) == home
    assert home_directory({"HOME": "relative"}) is None
    assert home_directory({}) is None


def test_token_realms() -> None:
    environment = {"VERIFY_TOKEN_REALMS": "r.example=a.example  r.example=b.example other=c.example broken ="}
    assert token_realms(environment, "r.example") == {"a.example", "b.example"}
    assert token_realms(environment, "broken") == frozenset()
    assert token_realms({}, "r.example") == frozenset()
