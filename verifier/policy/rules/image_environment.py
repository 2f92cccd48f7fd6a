"""The image carries no secret in its environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verifier.errors import PlatformError
from verifier.model.finding import Finding
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.image_config import execution, judged, mapping, member, text, texts
from verifier.policy.rules.outcome import denied, passed
from verifier.policy.rules.secret_words import can_be_secret, secret_name, secret_value
from verifier.text import safe

# BuildKit: "ENV A=b", "ARG A=b"; before it: "/bin/sh -c #(nop)  ENV A=b". And "RUN |1 A=b /bin/sh -c …" or
# "|1 A=b /bin/sh -c …" for the arguments that a step could use.
_INSTRUCTION = re.compile(r"(?:/bin/sh -c #\(nop\)\s+)?(?:ENV|ARG)\s+")
_ARGUMENTS = re.compile(r"(?:RUN )?\|([1-9][0-9]{0,2}) ")
# Only from the start of a word, so that a long one is tried once.
_ASSIGNED = re.compile(r"(?<![A-Za-z0-9_])([A-Za-z_][A-Za-z0-9_]*)=(\S*)")


@dataclass(frozen=True, slots=True)
class ImageEnvironment:
    """No variable of the image, or with ``history`` of its build, looks like a secret, and none of ``denied``
    is there. Those of ``allowed`` may look as they like."""

    id: ClassVar[str] = "image-environment"
    signers: ClassVar[tuple[str, ...]] = ()
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    allowed: frozenset[str]
    denied: frozenset[str]
    history: bool

    def asks(self) -> str:
        """See `Rule.asks`."""
        where = "the image's environment or history" if self.history else "the image's environment"
        but = f", but for {', '.join(map(safe, sorted(self.allowed)))}," if self.allowed else ""
        names = f", and no variable {' or '.join(map(safe, sorted(self.denied)))}" if self.denied else ""
        past = "" if self.history else ", whatever its history shows"
        return f"nothing in {where}{but} looks like a secret{names}{past}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return judged(self.id, case, lambda: self._look(case))

    def _look(self, case: Case) -> Iterator[Finding]:
        problems: dict[str, str] = {}
        for place, section in _sections(case):
            for number, entry in enumerate(texts(section, "Env", at=place)):
                name, _, value = entry.partition("=")
                problem = "is denied" if name in self.denied else self._problem(name, value)
                if problem is not None:
                    shown = f"the environment variable {safe(name, limit=100)}"
                    problems.setdefault(f"{shown} {problem}", f"{place}.Env[{number}]")
        if self.history:
            for place, line in _history(case):
                for problem in self._in_line(line):
                    problems.setdefault(problem, place)
        for message, element in problems.items():
            hint = "whoever has the image has it: change the secret, and give it when the container starts"
            yield denied(self.id, case, message, hint=hint, element=element)
        if not problems:
            yield passed(self.id, case, "nothing in the image's environment looks like a secret")

    def _problem(self, name: str, value: str) -> str | None:
        """What is wrong with a variable. The value is never shown."""
        if name in self.allowed or not can_be_secret(value):
            return None
        kind = secret_value(value)
        if kind is not None:
            return f"holds what looks like {kind}"
        return "has a name of secrets, and a value" if secret_name(name) else None

    def _in_line(self, line: str) -> Iterator[str]:
        assigned = _assigned(line)
        for name, value in assigned:
            problem = self._problem(name, value)
            if problem is not None:
                yield f"in the image's history, the variable {safe(name, limit=100)} {problem}"
        rest = _ASSIGNED.sub("", line, count=len(assigned)) if assigned else line
        kind = secret_value(rest)
        if kind is not None:
            yield f"a line of the image's history holds what looks like {kind}"


def _sections(case: Case) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The environments: the image's, and that of the container in which Docker once built it."""
    yield "$.config", execution(case)
    yield "$.container_config", mapping(case.platform.config, "container_config", at="$")


def _history(case: Case) -> Iterator[tuple[str, str]]:
    """The lines of the history, each with its place. Raises `PlatformError`."""
    steps = member(case.platform.config, "history", at="$")
    if steps is not None and not isinstance(steps, list):
        raise PlatformError("$.history is not a list")
    for number, step in enumerate(steps or ()):
        place = f"$.history[{number}]"
        if not isinstance(step, dict):
            raise PlatformError(f"{place} is not an object")
        yield f"{place}.created_by", text(step, "created_by", at=place)


def _assigned(line: str) -> list[tuple[str, str]]:
    """The variables that a line of the history sets, with their values."""
    instruction, arguments = _INSTRUCTION.match(line), _ARGUMENTS.match(line)
    found = _ASSIGNED.findall(line) if instruction or arguments else []
    return found[: int(arguments[1])] if arguments else found


def build(options: Mapping[str, Any], _: Context) -> ImageEnvironment:
    """Make the rule from its options. Raises `OptionError`."""
    allowed, names = frozenset(options.get("allow", ())), options.get("deny", ())
    for number, name in enumerate(names):
        if name in allowed:
            raise OptionError(f"{safe(name, limit=60)!r} is allowed too", path=("deny", number))
    return ImageEnvironment(allowed, frozenset(names), options.get("history", True))


_NAMES = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1, "maxLength": 256},
}

SPEC = RuleSpec(
    id=ImageEnvironment.id,
    title="Secrets in the environment",
    what="""\
No variable in the configuration of any platform looks like a secret, by its name or by its value. Whoever can
pull an image can read its environment and its history.

A name does that has a word which ends in `PASSWORD`, `PASSPHRASE`, `SECRET`, `TOKEN`, `CREDENTIAL` or the
like, or a pair such as `API_KEY` and `PRIVATE_KEY`, and has a value other than a switch (`yes`, `false`).
Names that end in `_FILE`, `_PATH`, `_TTL` or the like do not. A value does that has the form of a private
key, a JSON web token, an address with a password, or of the tokens of some well-known services. The history
of the build is looked through in the same way: build arguments stay in it. Values are never shown in
reports.

It is a guess, which finds accidents; a secret called `FOO` stays unseen, and files are not looked into.""",
    options={
        "allow": {**_NAMES, "description": "Variables that may look like a secret, by their exact names."},
        "deny": {**_NAMES, "description": "Variables that must not be there, whatever they hold."},
        "history": {
            "type": "boolean",
            "description": "Whether the history of the build is looked through as well. Default: true.",
        },
    },
    example="""\
- image-environment:
    allow: [PUBLIC_API_KEY]
    deny: [LD_PRELOAD]
""",
    fix="Take the variable out of the image, change the secret, and give it to the container when it starts;"
    " in builds use `RUN --mount=type=secret` in place of `ARG`.",
    build=build,
)
