"""Platforms that a runtime takes for one are one."""

from __future__ import annotations

import pytest

from verifier.errors import InputError
from verifier.model.platform import Platform

# As in containerd/platforms, normalizeArch and normalizeOS.
SAME = [
    ("linux/amd64", ["linux/x86_64", "linux/x86-64", "linux/amd64/v1"]),
    ("linux/arm64", ["linux/aarch64", "linux/arm64/v8", "linux/arm64/8", "linux/aarch64/v8"]),
    ("linux/arm/v7", ["linux/arm", "linux/arm/7", "linux/armhf", "linux/armhf/v6"]),
    ("linux/arm/v6", ["linux/arm/6", "linux/armel", "linux/armel/v7"]),
    ("linux/arm/v5", ["linux/arm/5"]),
    ("linux/386", ["linux/i386", "linux/i386/x"]),
    ("darwin/arm64", ["macos/arm64"]),
]


@pytest.mark.parametrize(("canonical", "spellings"), SAME)
def test_spellings_of_one_platform(canonical: str, spellings: list[str]) -> None:
    assert str(Platform.parse(canonical)) == canonical
    for spelling in spellings:
        assert Platform.parse(spelling) == Platform.parse(canonical)


def test_other_platforms_are_others() -> None:
    names = [name for name, _ in SAME] + ["linux/amd64/v2", "linux/arm64/v9", "windows/amd64", "linux/s390x"]
    assert len({Platform.parse(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "linux",
        "linux/",
        "/amd64",
        "linux/amd64/",
        "linux/amd64/v1/x",
        "Linux/amd64",
        "linux/am d64",
        "all",
    ],
)
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(InputError, match="not a platform"):
        Platform.parse(text)


def test_what_cannot_run_is_no_platform_to_judge() -> None:
    assert Platform("linux", "amd64").runnable
    for os, architecture in (("unknown", "unknown"), ("unknown", "amd64"), ("linux", "unknown")):
        assert not Platform.of(os, architecture).runnable
