"""The console script: which command, and what every way to fail looks like."""

from __future__ import annotations

import difflib
import gc
import importlib
import inspect
import logging
import os
import sys
import traceback
import zlib
from collections.abc import Sequence
from typing import Any

import typer

from verifier.cli import output
from verifier.cli.commands import COMMANDS
from verifier.errors import InputError, VerifierError
from verifier.model.finding import USAGE_EXIT_CODE, Verdict, verdict_of
from verifier.text import safe
from verifier.version import __version__

_UNREADABLE = int(Verdict.UNAVAILABLE)
_DEFECT = int(Verdict.ERROR)
_INTERRUPTED = 130

app = typer.Typer(
    name="verify",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=(
        "Verify a container image before it goes into production: its signatures and attestations, the"
        " SBOM of each platform, and a policy that says what must be true.\n\n"
        "A first word that is no command is an image: 'verify nginx' is 'verify image nginx'."
    ),
    epilog=(
        "Every option has an environment variable: VERIFY_TRUSTED_ROOT is --trusted-root.\n\n"
        "Exit codes: 0 pass, 1 the policy says no, 2 usage, 3 no acceptable evidence, 4 could not find out,"
        " 5 a defect in verify."
    ),
)


def _version(*, wanted: bool) -> None:
    if wanted:
        output.write(f"verify {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False,
        "--version",
        help="Show the version.",
        is_eager=True,
        callback=lambda value: _version(wanted=value),
    ),
) -> None:
    """Options of the program itself."""


_OWN = {"--help", "-h", "--version", "--install-completion", "--show-completion"}
_COMPLETION = "_VERIFY_COMPLETE"
_COMPLETION_OPTIONS = {"--install-completion", "--show-completion"}


def _register(names: Sequence[str]) -> None:
    for name in names:
        importlib.import_module(f"verifier.cli.{name}").register(app)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the result is the exit code. Lets nothing escape."""
    words = list(arguments)
    if words and words[0] not in COMMANDS and words[0] not in _OWN:
        words.insert(0, "image")
    # Typer ends the process by itself then; anywhere else that is a defect, and must not look like a pass.
    completing = _COMPLETION in os.environ or bool(words and words[0] in _COMPLETION_OPTIONS)
    # Making every command ready takes longer than many of them; help and completion need them all.
    alone = bool(words) and words[0] in COMMANDS and not completing
    app.registered_commands.clear()
    app.registered_groups.clear()
    try:
        _register(words[:1] if alone else COMMANDS)
        command = typer.main.get_command(app)
        _flow(command)
        # The result of a command is None; `typer.Exit` inside becomes its code.
        code = command.main(words, prog_name="verify", standalone_mode=False) or 0
        if code:
            _say_command_meant(arguments)
        return code
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not look like a verdict
        if completing and isinstance(error, SystemExit):
            return error.code if isinstance(error.code, int) else 0
        return _failed(error, arguments)


def _flow(command: Any) -> None:
    """Let the paragraphs of the help flow: their lines are broken for the source, not for the terminal."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for inner in getattr(command, "commands", {}).values():
        _flow(inner)


def _failed(error: BaseException, arguments: Sequence[str]) -> int:
    """Say what went wrong; the result is the exit code, never 0."""
    match error:
        case typer.Abort() | KeyboardInterrupt():
            output.say("interrupted")
            return _INTERRUPTED
        case typer.TyperException():
            return _usage(error)
        case InputError():
            output.say_error(error)
            _say_command_meant(arguments)
            return USAGE_EXIT_CODE
        case VerifierError():
            output.say_error(error)
            return int(verdict_of(error))
        case output.OutputError():
            # Whoever closed the pipe has seen enough, as `head` does: nothing to tell, and no verdict either.
            if not isinstance(error.__cause__, BrokenPipeError):
                output.say(f"error: {error}")
            return _UNREADABLE
    if _is_lost_output(error):
        if not isinstance(error.__context__, BrokenPipeError):
            output.say("error: cannot write to standard output")
        return _UNREADABLE
    return _defect(error)


def _is_lost_output(error: BaseException) -> bool:
    """Whether what Typer itself writes (help) could not be written; it exits where the pipe is closed."""
    if isinstance(error, SystemExit):
        return isinstance(error.__context__, BrokenPipeError)
    if not isinstance(error, OSError):
        return False
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    if frame.f_globals.get("__name__", "").startswith(("rich.", "typer.")):
        return True  # without a buffer nothing is left that could be flushed
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        return True
    return False


def _say_command_meant(arguments: Sequence[str]) -> None:
    """A mistyped command is read as an image; say so."""
    first = arguments[0] if arguments else ""
    if first.startswith("-") or first in COMMANDS:
        return
    if close := difflib.get_close_matches(first, COMMANDS, n=1, cutoff=0.7):
        output.say(f"hint:  {safe(first, limit=60)!r} is read as an image; is 'verify {close[0]}' meant?")


def _usage(error: typer.TyperException) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if not message:
        # The help was shown, since nothing was asked for.
        return USAGE_EXIT_CODE
    context = getattr(error, "ctx", None)
    output.say(f"error: {safe(message, limit=2000)}")
    output.say(f"hint:  see '{context.command_path if context else 'verify'} --help'")
    return USAGE_EXIT_CODE


def _defect(error: BaseException) -> int:
    trace = "".join(traceback.format_exception(error))
    if os.environ.get("VERIFY_DEBUG"):
        # Messages of foreign errors hold untrusted text.
        output.say("\n".join(safe(line, limit=2000) for line in trace.split("\n")))
    number = zlib.crc32(trace.encode("utf-8", "backslashreplace"))
    output.say(
        f"error: internal error {number:08x} ({type(error).__name__}): a defect in verify, not a verdict"
    )
    output.say("hint:  run it again with VERIFY_DEBUG=1 and report what it prints")
    return _DEFECT


def main() -> None:
    """The entry point of the console script."""
    # Imports make many objects and no garbage: without the collector they take a tenth less time, and a
    # single command ends before it would matter.
    gc.disable()
    output.reopen_closed()
    output.escape_unwritable()
    logging.basicConfig(level=logging.DEBUG if os.environ.get("VERIFY_DEBUG") else logging.CRITICAL)
    # They write down every header that a registry sends, and it may repeat a password there.
    for name in ("httpcore", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or _UNREADABLE
    # Where time is up, it may still be at work for nobody.
    if (cel := sys.modules.get("verifier.policy.cel_process")) is not None:
        cel.SHARED.kill()
    # All is written and closed. Taking down a thousand modules one by one would cost another seventh of
    # the whole run.
    os._exit(code)
