"""Test files are found within bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from verifier.errors import InputError
from verifier.policy_cases import read_case_files

GOOD = "policy: sample\ncases: [{name: a, evidence: e, expect: {verdict: pass}}]\n"


def test_more_test_files_than_anybody_has_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifier.policy_cases.POLICY_TEST_FILES", 2)
    for name in ("a", "b"):
        (tmp_path / f"{name}.test.yaml").write_text(GOOD)
    assert [file.path.name for file in read_case_files([tmp_path])] == ["a.test.yaml", "b.test.yaml"]
    (tmp_path / "c.test.yaml").write_text(GOOD)
    with pytest.raises(InputError, match="more than 2 test files"):
        read_case_files([tmp_path])


def test_links_to_directories_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.test.yaml").write_text(GOOD)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(read_case_files([tmp_path])) == 1


def test_nothing_given_is_an_error() -> None:
    with pytest.raises(InputError, match="no test file is given"):
        read_case_files([])


def test_a_path_that_cannot_be_one(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_case_files([tmp_path / "a\x00b"])


def test_a_pipe_among_the_test_files_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.test.yaml").write_text(GOOD)
    assert len(read_case_files([tmp_path])) == 1
    os.mkfifo(tmp_path / "b.test.yaml")
    with pytest.raises(InputError, match=r"b\.test\.yaml is not a regular file"):
        read_case_files([tmp_path])


def test_a_pipe_in_the_place_of_the_policy_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.test.yaml").write_text(GOOD.replace("sample", "./policy.yaml"))
    os.mkfifo(tmp_path / "policy.yaml")
    with pytest.raises(InputError, match=r"'policy\.yaml' is not a regular file"):
        read_case_files([tmp_path])
