"""Platforms that a runtime takes for one are one."""

from __future__ import annotations

import pytest

from verifier.errors import InputError
from verifier.model.platform import Platform

# As in containerd/platforms, normalizeArch and normalizeOS.
SAME = [
    ("linux/amd64", ["linux/x86_64", "linux/x86-64", "linux/amd64/v1"]),
    (
        "linux/arm64",
        ["linux/aarch64", "linux/arm64/v8", "linux/arm64/8", "linux/arm64/v8.0", "linux/aarch64/v8"],
    ),
    ("linux/arm64/v9", ["linux/arm64/9", "linux/arm64/9.0", "linux/arm64/v9.0", "linux/aarch64/v9.0"]),
    ("linux/arm64/v8.1", ["linux/aarch64/v8.1"]),
    ("linux/arm/v7", ["linux/arm", "linux/arm/7", "linux/arm/v7", "linux/armhf", "linux/armhf/v6"]),
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
    names = [name for name, _ in SAME] + ["linux/amd64/v2", "windows/amd64", "linux/s390x"]
    # To containerd these are no spellings of the above, and so they are none here.
    names += ["linux/amd64/1", "linux/arm64/8.0", "linux/arm64/v7", "linux/arm/v8", "linux/arm/9"]
    assert len({Platform.parse(name) for name in names}) == len(names)


def test_capitals_in_a_configuration_are_folded() -> None:
    """An index with capitals is refused where it is read, and so is an option."""
    for spelling in (("Linux", "ARM64", "V8"), ("LINUX", "AArch64", ""), ("linux", "arm64", "V8.0")):
        assert Platform.of(*spelling) == Platform("linux", "arm64")
    assert Platform.of("MacOS", "X86_64", "V2") == Platform("darwin", "amd64", "v2")
    assert Platform.of("Unknown", "UNKNOWN") == Platform("unknown", "unknown")


def containerd(architecture: str, variant: str) -> tuple[str, str]:
    """normalizeArch of containerd/platforms (database.go), read a second time."""
    if architecture in {"i386", "armhf", "armel"}:
        return {"i386": ("386", ""), "armhf": ("arm", "v7"), "armel": ("arm", "v6")}[architecture]
    if architecture in {"x86_64", "x86-64", "amd64"}:
        return "amd64", variant if variant != "v1" else ""
    if architecture in {"aarch64", "arm64"}:
        if variant in {"8", "v8", "v8.0"}:
            return "arm64", ""
        return "arm64", "v9" if variant in {"9", "9.0", "v9.0"} else variant
    if architecture == "arm" and variant in {"", "7"}:
        return "arm", "v7"
    if architecture == "arm" and variant in {"5", "6", "8"}:
        return "arm", f"v{variant}"
    return architecture, variant


ARCHITECTURES = ["amd64", "x86_64", "x86-64", "386", "i386", "arm64", "aarch64", "arm", "armhf", "armel"]
ARCHITECTURES += ["armbe", "arm64be", "ppc64le", "s390x", "riscv64", "unknown"]
NUMBERS = ["1", "2", "3", "5", "6", "7", "8", "8.0", "8.1", "9", "9.0", "9.2", "10"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("variant", ["", *NUMBERS, *(f"v{number}" for number in NUMBERS)])
def test_what_is_one_to_containerd_is_one_here(architecture: str, variant: str) -> None:
    assert Platform.of("linux", architecture, variant) == Platform(
        "linux", *containerd(architecture, variant)
    )


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
