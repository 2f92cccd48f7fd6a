"""Streams and files: written whole, in colour only where that is wanted."""

from __future__ import annotations

import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from verifier.cli import output
from verifier.cli.progress import Progress
from verifier.errors import UsageError


class Terminal(io.StringIO):
    """A stream that is a terminal, and says when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        count = super().write(text)
        self.written.set()
        return count


class Ascii(Terminal):
    """A terminal that has no other characters."""

    def write(self, text: str) -> int:
        text.encode("ascii")
        return super().write(text)


class Gone(Terminal):
    """A terminal that went away."""

    def write(self, text: str) -> int:
        self.written.set()
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize(
    ("environment", "no_color", "terminal", "expected"),
    [
        ({}, False, True, True),
        ({}, False, False, False),
        ({}, True, True, False),
        ({"NO_COLOR": "1"}, False, True, False),
        ({"NO_COLOR": ""}, False, True, True),  # https://no-color.org: "when present and not an empty string"
        ({"TERM": "dumb"}, False, True, False),
        ({"FORCE_COLOR": "1"}, False, False, True),
        ({"CLICOLOR_FORCE": "1"}, False, False, True),
        ({"CLICOLOR_FORCE": "0"}, False, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, True, False),
        ({"FORCE_COLOR": "1"}, True, True, False),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    no_color: bool,
    terminal: bool,
    expected: bool,
) -> None:
    monkeypatch.setattr("sys.stdout", Terminal() if terminal else io.StringIO())
    assert output.wants_colour(environment, no_color=no_color) is expected


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    output.write_file(path, "ä\n")
    assert path.read_bytes() == "ä\n".encode()
    output.write_file(path, "new\n")
    assert path.read_text() == "new\n"
    with pytest.raises(output.OutputError, match="cannot write"):
        output.write_file(tmp_path / "absent" / "report.json", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(output.OutputError):
        output.write_file(tmp_path / "folder", "x")
    with pytest.raises(output.OutputError):
        output.write_file(Path("/dev/null/report.json"), "x")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["folder", "report.json"]


def test_a_report_file_does_not_follow_a_link(tmp_path: Path) -> None:
    """Whoever can write to the folder must not choose which file is overwritten."""
    victim, link = tmp_path / "victim", tmp_path / "report.json"
    victim.write_text("precious")
    link.symlink_to(victim)
    with pytest.raises(output.OutputError, match="no regular file"):
        output.write_file(link, "report")
    assert victim.read_text() == "precious"
    assert link.is_symlink()
    output.write_file(victim, "report")
    assert victim.read_text() == "report"


def test_a_new_file_takes_nobodys_place(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    output.write_new(path, "ä\n")
    assert path.read_bytes() == "ä\n".encode()
    assert path.stat().st_nlink == 1
    with pytest.raises(UsageError, match="is there already"):
        output.write_new(path, "other")
    with pytest.raises(output.OutputError, match="no directory"):
        output.write_new(tmp_path / "absent" / "policy.yaml", "x")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    with pytest.raises(output.OutputError, match="no regular file"):
        output.write_new(tmp_path / "link", "x")
    assert path.read_text() == "ä\n"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["link", "policy.yaml"]


def test_of_two_that_write_a_new_file_one_does(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"

    def write(text: str) -> bool:
        try:
            output.write_new(path, text)
        except (UsageError, output.OutputError):
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(write, map(str, range(32))))
    assert done.count(True) == 1
    assert path.read_text() == str(done.index(True))
    assert [item.name for item in tmp_path.iterdir()] == ["policy.yaml"]


@pytest.mark.parametrize("kind", ["pipe", "link to a device", "link to nothing"])
def test_only_a_regular_file_is_replaced(tmp_path: Path, kind: str) -> None:
    """For root, a report to ``/dev/stdout`` or ``/dev/null`` would take the place of the device."""
    path = tmp_path / "report.json"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null" if kind == "link to a device" else tmp_path / "absent")
    before = path.lstat()
    with pytest.raises(output.OutputError, match="no regular file"):
        output.write_file(path, "report")
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert [item.name for item in tmp_path.iterdir()] == ["report.json"]


def test_a_planted_temporary_file_is_neither_followed_nor_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.urandom", bytes)  # as if the name could be guessed
    victim = tmp_path / "victim"
    victim.write_text("precious")
    planted = tmp_path / f".report.json.{bytes(8).hex()}.tmp"
    planted.symlink_to(victim)
    with pytest.raises(output.OutputError, match="File exists"):
        output.write_file(tmp_path / "report.json", "report")
    assert victim.read_text() == "precious"
    assert planted.is_symlink()
    planted.unlink()
    output.write_file(tmp_path / "report.json", "report")
    assert (tmp_path / "report.json").read_text() == "report"


def test_what_was_written_can_be_read_again(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.write("ä ✓\n")
    output.write_bytes(b"\x00raw\xff")
    assert capfdbinary.readouterr().out == "ä ✓\n".encode() + b"\x00raw\xff"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("::error::x\n", ":\\x3aerror::x\n"),
        ("a\n  ::error::x", "a\n  :\\x3aerror::x"),
        ("a ::error::x", "a ::error::x"),  # only at the start of a line is it a command
        ("a ##[error]x", "a #\\x23[error]x"),
        ("a ##vso[x]y", "a #\\x23vso[x]y"),
        ("## heading", "## heading"),
    ],
)
def test_build_servers_get_no_commands(
    capfdbinary: pytest.CaptureFixture[bytes], text: str, written: str
) -> None:
    output.write(text)
    assert capfdbinary.readouterr().out == written.encode()
    output.say(text)
    assert capfdbinary.readouterr().err == f"{written}\n".encode()


def test_a_choice_names_the_known() -> None:
    output.require_choice("json", ("text", "json"), "--output")
    with pytest.raises(UsageError) as caught:
        output.require_choice("\x1bx", ("text", "json"), "--output")
    assert caught.value.message == "--output: '\\\\x1bx' is not supported"
    assert caught.value.hint == "known are text, json"


def test_progress_is_for_terminals() -> None:
    pipe = io.StringIO()
    with Progress(pipe, enabled=True) as progress:
        progress("fetching")
    assert pipe.getvalue() == ""
    quiet = Terminal()
    with Progress(quiet, enabled=False) as progress:
        progress("fetching")
    assert quiet.getvalue() == ""


@pytest.mark.parametrize("terminal", [Terminal, Ascii])
def test_progress_is_shown_and_cleared(terminal: type[Terminal]) -> None:
    stream = terminal()
    with Progress(stream, enabled=True) as progress:
        progress("asking \x1b[2J registry")
        assert stream.written.wait(10)
    shown = stream.getvalue()
    assert "asking \\x1b[2J registry" in shown
    assert shown.endswith("\r\x1b[2K")


def test_a_terminal_that_went_away_is_no_error() -> None:
    # pytest turns an exception in a thread into a failure.
    stream = Gone()
    with Progress(stream, enabled=True) as progress:
        progress("fetching")
        assert stream.written.wait(10)
