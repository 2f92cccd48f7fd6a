"""The console script: which command, and what every way to fail looks like."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
import traceback
import zlib
from collections.abc import Sequence

import typer

from verifier import __version__
from verifier.cli import output
from verifier.errors import InputError, UnavailableError, VerifierError
from verifier.model.finding import USAGE_EXIT_CODE, Verdict
from verifier.text import safe

_UNREADABLE = int(Verdict.UNAVAILABLE)
_REJECTED = int(Verdict.UNVERIFIED)
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


# In the order of the help.
_COMMANDS = ("image", "sbom", "attestations", "tree", "bundle", "policy", "trust", "cache")
_OWN = {"--help", "-h", "--version", "--install-completion", "--show-completion"}
_COMPLETION = "_VERIFY_COMPLETE"


def _register(names: Sequence[str]) -> None:
    for name in names:
        importlib.import_module(f"verifier.cli.{name}").register(app)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the result is the exit code. Lets nothing escape but `SystemExit`."""
    words = list(arguments)
    if words and words[0] not in _COMMANDS and words[0] not in _OWN:
        words.insert(0, "image")
    # Making every command ready takes longer than many of them; help and completion need them all.
    alone = bool(words) and words[0] in _COMMANDS and _COMPLETION not in os.environ
    app.registered_commands.clear()
    app.registered_groups.clear()
    _register(words[:1] if alone else _COMMANDS)
    try:
        # The result of a command is None; `typer.Exit` inside becomes its code.
        return typer.main.get_command(app).main(words, prog_name="verify", standalone_mode=False) or 0
    except typer.TyperException as error:
        return _usage(error)
    except InputError as error:
        output.say_error(error)
        return USAGE_EXIT_CODE
    except UnavailableError as error:
        output.say_error(error)
        return _UNREADABLE
    except VerifierError as error:
        output.say_error(error)
        return _DEFECT if error.code == "InternalError" else _REJECTED
    except output.OutputError as error:
        output.say(f"error: {error}")
        return _UNREADABLE
    except (KeyboardInterrupt, typer.Abort):
        output.say("interrupted")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a verdict
        return _defect(error)


def _usage(error: typer.TyperException) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    output.say(f"error: {safe(message, limit=2000)}")
    output.say(f"hint:  see '{context.command_path if context else 'verify'} --help'")
    return USAGE_EXIT_CODE


def _defect(error: Exception) -> int:
    trace = "".join(traceback.format_exception(error))
    if os.environ.get("VERIFY_DEBUG"):
        output.say(trace)
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
    logging.basicConfig(level=logging.DEBUG if os.environ.get("VERIFY_DEBUG") else logging.CRITICAL)
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or _UNREADABLE
    # All is written and closed. Taking down a thousand modules one by one would cost another seventh of
    # the whole run.
    os._exit(code)
