"""``.env`` files as compose-go's dotenv reads them: the values were given by it (2.10)."""

from __future__ import annotations

import pytest

from verifier.errors import ManifestError
from verifier.workload.env_files import read_env_file


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=x # c", "x"),
        ("A=x\t# c", "x\t# c"),
        ("A=x\u00a0# c", "x\u00a0# c"),
        ("A=x\t # c", "x"),
        ("A=x#c", "x#c"),
        ("A=x\u2003", "x"),
        ("A=x\r", "x"),
        ("A=x\x1f", "x\x1f"),
        ("A=\u00a0x", "x"),
        ("A=\v\f\x85\u00a0'x'", "x"),
        ("A=\u2003x", "\u2003x"),
        ("\u2003\u00a0A=x", "x"),
        ("export\fA=x", "x"),
        ("export \u00a0A=x", "x"),
        ("A=", ""),
        ("A=\u00a0", ""),
        ("A='x' # c", "x"),
        ("A='x'\t# c", "x"),
        ("A='x'#c", "x"),
        ("A='x\\'y'", "x'y"),
        ("A='\\n\\\\'", "\\n\\\\"),
        ('A="\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\$x\\q\\c"', '\a\b\f\n\r\t\v\\"$x\\q\\c'),
        ("A: x", "x"),
        ("A:\tx", "x"),
    ],
)
def test_values_are_those_that_compose_reads(line: str, expected: str) -> None:
    assert read_env_file(f"B=1\n{line}\nC=2", ".env", {}) == {"B": "1", "A": expected, "C": "2"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        # To Compose the quote ends in a later line, and hides those between.
        ("A='x\\'", "a quote that does not end"),
        ("A='x", "a quote that does not end"),
        ('A="x\\"', "a quote that does not end"),
        ("A='x' B=y", "text behind it"),
        ("A=# c", "begins with '#'"),
        ("A=\u00a0# c", "begins with '#'"),
        ('A="\\0101"', "an escape of digits"),
        ("A\u00a0=x", "not NAME=VALUE"),
        ("export\u00a0A=x", "not NAME=VALUE"),
        ("A", "not NAME=VALUE"),
        ("A:x", "not NAME=VALUE"),
    ],
)
def test_what_may_be_read_differently_is_a_problem(line: str, problem: str) -> None:
    with pytest.raises(ManifestError, match=problem) as raised:
        read_env_file(f"B=1\n{line}\nC=2", ".env", {})
    assert ".env:2:" in raised.value.message


def test_a_file_of_very_many_lines_is_read_in_linear_time() -> None:
    text = "".join(f"V{number}=${{V{number - 1}:-x}}\n" for number in range(1, 50_000))
    assert read_env_file(text, ".env", {})["V49999"] == "x"
