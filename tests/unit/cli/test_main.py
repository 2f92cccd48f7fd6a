"""However a run ends, the exit code says so (OUT-03)."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from verifier import errors
from verifier.cli import main, output
from verifier.model.finding import Verdict


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException | None], int]:
    """Run a command that ends with the error, or without one."""

    def run(error: BaseException | None) -> int:
        def register(names: object) -> None:
            @main.app.command("image", context_settings={"allow_extra_args": True})
            def image() -> None:
                if error is not None:
                    raise error

        monkeypatch.setattr(main, "_register", register)
        return main.run(["nginx"])

    return run


ENDS: list[tuple[BaseException | None, int]] = [
    (None, 0),
    (typer.Exit(0), 0),
    *((typer.Exit(int(verdict)), int(verdict)) for verdict in Verdict),
    (errors.UsageError("x"), 2),
    (errors.PolicyError("x"), 2),
    (errors.TrustRootError("x"), 2),
    (errors.ManifestError("x"), 2),
    (errors.SignatureError("x"), 3),
    (errors.IdentityError("x"), 3),
    (errors.UnsafeLayoutError("x"), 3),
    (errors.DigestMismatch("x"), 3),
    (errors.RegistryError("x"), 4),
    (errors.LimitExceeded("x"), 4),
    (errors.LayoutError("x"), 4),
    (errors.TrustRootUnavailableError("x"), 4),
    (errors.InternalError("x"), 5),
    (errors.VerifierError("x"), 5),
    (output.OutputError("x"), 4),
    (Exception("x"), 5),
    (RecursionError(), 5),
    (MemoryError(), 5),
    (OSError(5, "x"), 5),
    (BrokenPipeError(), 5),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), 5),
    (SystemExit(0), 5),
    (SystemExit(None), 5),
    (GeneratorExit(), 5),
    (KeyboardInterrupt(), 130),
    (typer.Abort(), 130),
]


@pytest.mark.parametrize(("error", "code"), ENDS, ids=repr)
def test_every_end_has_its_exit_code(
    raising: Callable[[BaseException | None], int],
    capsys: pytest.CaptureFixture[str],
    error: BaseException | None,
    code: int,
) -> None:
    assert raising(error) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    if error is None or isinstance(error, typer.Exit):
        assert shown.err == ""
    elif not isinstance(error, KeyboardInterrupt):  # whoever interrupts knows
        assert shown.err != ""


def test_a_defect_is_named_and_can_be_looked_into(
    raising: Callable[[BaseException | None], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raising(ZeroDivisionError("secret"))
    shown = capsys.readouterr().err
    assert shown.startswith("error: internal error ")
    assert "(ZeroDivisionError): a defect in verify, not a verdict\n" in shown
    assert "secret" not in shown
    monkeypatch.setenv("VERIFY_DEBUG", "1")
    raising(ZeroDivisionError("secret"))
    assert "ZeroDivisionError: secret" in capsys.readouterr().err
    raising(ZeroDivisionError("a\x1b[2J\u202eb"))
    assert "ZeroDivisionError: a\\x1b[2J\\u202eb\n" in capsys.readouterr().err


def test_a_module_that_cannot_be_imported_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def register(names: object) -> None:
        raise ImportError("x")

    monkeypatch.setattr(main, "_register", register)
    assert main.run(["nginx"]) == 5


def test_messages_and_hints_are_harmless(
    raising: Callable[[BaseException | None], int], capsys: pytest.CaptureFixture[str]
) -> None:
    raising(errors.IdentityError("\x1b[2J\n::error::x", hint="\u202e ##[error]y"))
    assert capsys.readouterr().err == ("error: \\x1b[2J\\x0a::error::x\nhint:  \\u202e #\\x23[error]y\n")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["polcy", "check"], "verify policy"),
        (["treee", "nginx"], "verify tree"),
        (["attestation", "nginx"], "verify attestations"),
        (["nginx"], None),
        (["policy", "check", "absent"], None),
    ],
)
def test_a_mistyped_command_is_noticed(
    capsys: pytest.CaptureFixture[str], arguments: list[str], meant: str | None
) -> None:
    assert main.run(arguments) == 2
    shown = capsys.readouterr().err
    assert ("is read as an image" in shown) is (meant is not None)
    assert meant is None or f"is '{meant}' meant?" in shown


@pytest.mark.parametrize("command", ["image", "tree", "cache"])
def test_a_command_behind_options_is_not_taken_for_an_image(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main.run(["--offline", command, "nginx"]) == 2
    shown = capsys.readouterr().err
    assert f"'{command}' is a command and must come first" in shown
    assert f"docker.io/library/{command}" in shown


@pytest.mark.parametrize("arguments", [[], ["image"], ["sbom"], ["sbom", "show"], ["tree"]])
def test_nothing_asked_for_gives_the_help_alone(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main.run(arguments) == 2
    shown = capsys.readouterr()
    assert "Usage: verify" in shown.out
    assert shown.err == ""


class _Full(io.TextIOWrapper):
    """A stream on a full disk without a file descriptor."""

    full = True

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def flush(self) -> None:
        if self.full:
            raise OSError(28, "No space left on device")


def test_output_to_a_full_stream_without_a_descriptor_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Full()
    monkeypatch.setattr("sys.stdout", stream)
    with pytest.raises(output.OutputError, match="No space left"):
        output.write("PASS\n")
    # What is written from now on is dropped: nothing tries again and changes the exit code.
    assert sys.stdout.name == os.devnull
    sys.stdout.close()
    stream.full = False  # it is flushed once more when it goes, and what it raises then is nobody's


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_output_on_a_full_disk_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        with pytest.raises(output.OutputError, match="No space left"):
            output.write("PASS\n")
        # What is still buffered, and what is written from now on, is dropped.
        sys.stdout.write("more\n")
        sys.stdout.flush()


def test_output_to_a_closed_stream_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "closed").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdout", stream)
    with pytest.raises(output.OutputError, match="it is closed"):
        output.write("PASS\n")
    assert sys.stdout.name == os.devnull
    sys.stdout.close()
