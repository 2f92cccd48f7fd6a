"""The tables of image patterns in docs/policy.md are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from verifier.errors import InputError
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import parse_reference
from verifier.policy.image_meaning import meaning
from verifier.policy.patterns import ImagePattern

PAGE = Path(__file__).resolve().parents[3] / "docs" / "policy.md"
SECTION = PAGE.read_text(encoding="utf-8").partition("\n## images\n")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if line[:3] == "| `"
]
DIGEST = "sha256:" + "5f" * 32


def quoted(cell: str) -> list[str]:
    return [text.replace("sha256:…", DIGEST) for text in re.findall("`([^`]+)`", cell)]


PATTERNS = [(*quoted(row[0]), row[1], row[2], row[3]) for row in ROWS if len(row) == 4]
ERRORS = [pattern for row in ROWS if len(row) == 2 for pattern in quoted(row[0])]


def covers(pattern: str, text: str) -> bool:
    reference = parse_reference(text)
    assert isinstance(reference, ImageReference)
    return ImagePattern.parse(pattern).matches(reference.name, reference.effective_tag)


def test_the_tables_are_found() -> None:
    assert len(PATTERNS) > 15
    assert len(ERRORS) > 10
    assert all(quoted(covered) for _, _, covered, _ in PATTERNS)


@pytest.mark.parametrize(("pattern", "means", "covered", "others"), PATTERNS)
def test_a_row_is_true(pattern: str, means: str, covered: str, others: str) -> None:
    assert meaning(ImagePattern.parse(pattern)) == means
    assert [text for text in quoted(covered) if not covers(pattern, text)] == []
    assert [text for text in quoted(others) if covers(pattern, text)] == []


@pytest.mark.parametrize("pattern", ERRORS)
def test_an_error_is_one_with_a_hint(pattern: str) -> None:
    with pytest.raises(InputError) as caught:
        ImagePattern.parse(pattern)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("pattern", "readings"),
    [
        ("ghcr.io", ["ghcr.io/**", "docker.io/library/ghcr.io"]),
        ("registry.local:5000", ["registry.local:5000/**", "docker.io/library/registry.local:5000"]),
        ("[::1]:5000", ["[::1]:5000/**"]),
        ("[::1]", ["[::1]/**"]),
        ("ghcr.io:v1", ["ghcr.io/**:v1", "docker.io/library/ghcr.io:v1"]),
        ("localhost:*", ["localhost:*/**", "docker.io/library/localhost:*"]),
        ("LOCALHOST", ["localhost/**"]),
        ("registry:443", ["registry:443/**", "docker.io/library/registry:443"]),
        ("*", ["**", "docker.io/library/*"]),
    ],
)
def test_both_readings_are_named_and_can_be_written(pattern: str, readings: list[str]) -> None:
    with pytest.raises(InputError, match="could mean two things") as caught:
        ImagePattern.parse(pattern)
    for reading in readings:
        assert reading in str(caught.value.hint)
        ImagePattern.parse(reading)


@pytest.mark.parametrize(
    "pattern", ["postgres:16", "amazonlinux:2023", "debian:20260101", "node:22", "redis:7.4"]
)
def test_versions_and_dates_are_no_ports(pattern: str) -> None:
    assert covers(pattern, pattern)
