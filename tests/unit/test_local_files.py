"""Files of any size, and out of reach."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.permissions import locked
from verifier.local_files import is_directory, is_there, read_bounded, read_regular


def test_a_file_of_the_limit_is_read_whole_and_a_larger_one_up_to_one_byte_more(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_bounded(file, 5) == b"12345"
    file.write_bytes(b"123456789")
    assert read_bounded(file, 5) == b"123456"
    assert read_regular(file, 5) == b"123456"


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


def _listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        _listening,
        Path.mkdir,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/dev/tty"),
        lambda path: path.symlink_to(path),
    ],
    ids=["pipe", "socket", "directory", "device", "terminal", "loop"],
)
def test_what_is_no_regular_file_is_an_error_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object]
) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("it"))
    with pytest.raises(OSError, match="it"):
        read_regular(Path("it"), 10)
    Path("it-too").write_bytes(b"here")
    assert read_regular(Path("it-too"), 10) == b"here"


def test_a_pipe_that_a_user_names_is_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[b"x" * 200_000])
    writer.start()
    assert read_bounded(pipe, 300_000) == b"x" * 200_000
    writer.join()


def test_what_a_shell_puts_in_the_place_of_a_command_is_read() -> None:
    script = "import sys, pathlib; from verifier.local_files import read_bounded as r;"
    script += " print(r(pathlib.Path(sys.argv[1]), 10))"
    command = [
        "bash",
        "-c",
        """exec "$0" -c "$1" <(printf abc; sleep 0.2; printf def)""",
        sys.executable,
        script,
    ]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b"b'abcdef'\n"


def test_a_pipe_that_nobody_writes_into_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifier.local_files.PIPE_SECONDS", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(TimeoutError, match="nothing was written into it"):
        read_bounded(pipe, 10)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(pipe, os.O_WRONLY)
    os.write(writer, b"part")
    with pytest.raises(TimeoutError, match="nothing was written into it"):
        read_bounded(pipe, 10)
    os.close(writer)
    os.close(reader)
