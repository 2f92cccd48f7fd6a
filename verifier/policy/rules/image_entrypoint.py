"""The image starts what it should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from verifier.errors import PlatformError
from verifier.model.finding import Finding
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.image_config import execution, judged, texts
from verifier.policy.rules.outcome import denied, passed
from verifier.text import safe

_POSIX_SHELLS = re.compile(r"r?(?:ba|da|a|z|k|lk|mk|ok|c|tc|fi|ya|hu|po)?sh")
_POSIX_TEXT = re.compile(r"-[A-Za-z]*c[A-Za-z]*|--command(?:=.*)?", re.DOTALL)
_POSIX_PAIR = re.compile(r"[-+][A-Za-z]*[oO]|--rcfile|--init-file")
_MOST = 1000  # words that are looked through for shells; each may be one, with all that follow for it
_CMD_TEXT = {"/c", "/k", "/r"}
# They start a shell of their own choice with it.
_FOR_OTHERS = {"su", "runuser"}
_ENV_SPLIT = re.compile(r"-[A-Za-z0]*S(?P<short>.*)|--split-string(?:=(?P<long>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ImageEntrypoint:
    """The image's entry point and command are these, where they are not None; without ``shell``, no shell is
    started with a text to run."""

    id: ClassVar[str] = "image-entrypoint"
    signers: ClassVar[tuple[str, ...]] = ()
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    shell: bool

    def asks(self) -> str:
        """See `Rule.asks`."""
        parts = [
            f"its {what} is {_shown(wanted)}"
            for what, wanted in (("entry point", self.entrypoint), ("command", self.cmd))
            if wanted is not None
        ]
        parts += [] if self.shell else ["it starts no shell with a text to run"]
        return f"the image starts what it should: {', '.join(parts)}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return judged(self.id, case, lambda: self._look(case))

    def _look(self, case: Case) -> Iterator[Finding]:
        config = execution(case)
        entrypoint, cmd = texts(config, "Entrypoint"), texts(config, "Cmd")
        problems = [
            (f"the image's {what} is {_shown(found)}, wanted is {_shown(wanted)}", field)
            for what, field, found, wanted in (
                ("entry point", "Entrypoint", entrypoint, self.entrypoint),
                ("command", "Cmd", cmd, self.cmd),
            )
            if wanted is not None and found != wanted
        ]
        started = (*entrypoint, *cmd)
        if not self.shell and _is_shell_form(_bounded(_split(started))):
            field = "Entrypoint" if entrypoint else "Cmd"
            problems.append((f"the image starts a shell with a text to run: {_shown(started)}", field))
        for message, field in problems:
            hint = "write ENTRYPOINT and CMD as lists (the exec form) of what is wanted"
            yield denied(self.id, case, message, hint=hint, element=f"$.config.{field}")
        if not problems:
            yield passed(self.id, case, f"the image starts {_shown(started)}")


def _shown(words: Sequence[str]) -> str:
    shown = ", ".join(json.dumps(safe(word, limit=100), ensure_ascii=False) for word in words[:20])
    return f"[{shown}]" if words else "nothing"


def _is_shell_form(words: Sequence[str]) -> bool:
    """Whether a shell is among ``words`` and gets a text to run: ``sh -c …``, ``tini -- bash -ec …``."""
    return any(_runs_text(_program(word), words[number + 1 :]) for number, word in enumerate(words))


def _split(words: Sequence[str]) -> Iterator[str]:
    """``words``, with the first, where Windows has all, and what ``env -S`` takes apart taken apart."""
    behind_env = waiting = False
    for number, word in enumerate(words):
        match = _ENV_SPLIT.fullmatch(word) if behind_env else None
        text = (match["short"] or match["long"] or "") if match else word
        yield from text.split() if waiting or match or not number else [word]
        waiting = match is not None and not text
        behind_env = behind_env or _program(word) == "env"


def _bounded(words: Iterator[str]) -> tuple[str, ...]:
    """``words``, or `PlatformError` where they are more than can be looked through."""
    found = tuple(islice(words, _MOST + 1))
    if len(found) > _MOST:
        raise PlatformError(f"$.config.Entrypoint and $.config.Cmd hold more than {_MOST} words")
    return found


def _program(word: str) -> str:
    return re.split(r"[/\\]", word.strip('"'))[-1].lower().removesuffix(".exe")


def _runs_text(program: str, arguments: Sequence[str]) -> bool:
    """Whether ``program`` is a shell that ``arguments`` give a text to run."""
    if program == "cmd":
        return not _CMD_TEXT.isdisjoint(argument.lower() for argument in arguments)
    if program in _FOR_OTHERS:
        return any(_POSIX_TEXT.fullmatch(argument) for argument in arguments)
    if program in {"powershell", "pwsh"}:
        return _powershell_runs_text(arguments)
    return _POSIX_SHELLS.fullmatch(program) is not None and _posix_runs_text(arguments)


def _posix_runs_text(arguments: Sequence[str]) -> bool:
    """Whether one of the options is ``-c``; what follows the first operand is for the script."""
    rest = iter(arguments)
    for argument in rest:
        if _POSIX_TEXT.fullmatch(argument):
            return True
        if _POSIX_PAIR.fullmatch(argument):
            next(rest, None)
        elif argument[:1] not in {"-", "+"} or argument == "--":
            return False
    return False


def _powershell_runs_text(arguments: Sequence[str]) -> bool:
    """Whether ``-Command`` or ``-EncodedCommand`` comes before ``-File``; all can be shortened."""
    for argument in (argument.lower() for argument in arguments):
        if argument.startswith(("-c", "-enc")) or argument in {"-e", "-ec"}:
            return True
        if argument.startswith("-f"):
            return False
    return False


def build(options: Mapping[str, Any], _: Context) -> ImageEntrypoint:
    """Make the rule from its options. Raises `OptionError`."""
    entrypoint, cmd = (tuple(options[key]) if key in options else None for key in ("entrypoint", "cmd"))
    shell = options.get("shell", True)
    if entrypoint is None and cmd is None and shell:
        raise OptionError("it asks for nothing", hint="give entrypoint, cmd or 'shell: false'")
    if not shell and _is_shell_form(tuple(_split((*(entrypoint or ()), *(cmd or ()))))):
        raise OptionError("what it wants starts a shell, which it denies", path=("shell",))
    return ImageEntrypoint(entrypoint, cmd, shell)


_WORDS = {"type": "array", "maxItems": 200, "items": {"type": "string", "maxLength": 2048}}

SPEC = RuleSpec(
    id=ImageEntrypoint.id,
    title="Entry point and command",
    what="""\
What the configuration of every platform says is started: `Entrypoint`, followed by `Cmd`. Both are compared
word by word.

With `shell: false`, no shell may be started with a text to run (`sh -c …`, also behind a program such as
`tini`). That is what a Dockerfile's shell form makes of a command: it needs a shell in the image, is open to
what stands in variables, and does not pass signals on. A shell that runs a script file is none of this.

A deployment may start something else; that is not seen here.""",
    options={
        "entrypoint": {
            **_WORDS,
            "description": "The entry point, word by word. An empty list: there is none.",
        },
        "cmd": {**_WORDS, "description": "The command, word by word. An empty list: there is none."},
        "shell": {
            "type": "boolean",
            "description": "Whether a shell may be started with a text to run. Default: true.",
        },
    },
    example="""\
- image-entrypoint:
    entrypoint: [/usr/bin/app]
    cmd: [serve]
    shell: false
""",
    fix='Write the exec form where the image is built: `ENTRYPOINT ["/usr/bin/app"]`, `CMD ["serve"]`.',
    build=build,
)
