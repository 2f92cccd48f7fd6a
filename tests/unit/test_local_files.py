"""Files of any size, and out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.permissions import locked
from verifier.local_files import is_directory, is_there, read_bounded


def test_a_file_of_the_limit_is_read_whole_and_a_larger_one_up_to_one_byte_more(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_bounded(file, 5) == b"12345"
    file.write_bytes(b"123456789")
    assert read_bounded(file, 5) == b"123456"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_an_endless_file_ends() -> None:
    assert len(read_bounded(Path("/dev/zero"), 1000)) == 1001


def test_what_is_there_is_told_from_what_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to("absent")
    found = {
        name: (is_there(tmp_path / name), is_directory(tmp_path / name))
        for name in (
            "file",
            "link",
            "dangling",
            "absent",
            "file/below",
            ".",
        )
    }
    assert found == {
        "file": (True, False),
        "link": (True, True),
        "dangling": (False, False),
        "absent": (False, False),
        "file/below": (False, False),
        ".": (True, True),
    }


def test_out_of_reach_is_not_absent(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for ask in (is_there, is_directory):
        assert ask(folder / "absent") is False
        with locked(folder), pytest.raises(PermissionError):
            ask(folder / "absent")
