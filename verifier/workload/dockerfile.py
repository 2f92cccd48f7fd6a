"""Dockerfiles: the images that a build starts from, copies from and is run by.

BuildKit, frontend/dockerfile/parser and docs/reference.md. A stage is no image; the frontend that
``# syntax=`` names is one, and it decides what all else means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from verifier.errors import InputError, ManifestError
from verifier.limits import GATE_DOCKERFILE_BYTES
from verifier.model.platform import Platform
from verifier.text import safe
from verifier.workload.build_options import BuildOptions
from verifier.workload.dockerfile_lines import Instruction, Word, instructions, syntax_directive
from verifier.workload.dockerfile_text import is_from
from verifier.workload.interface import Found, Span, UnsetVariableError
from verifier.workload.source import Source
from verifier.workload.variables import interpolate

_HINT = "FROM knows what an ARG before it declares, with its default or the value of --build-arg NAME=VALUE"
_QUOTES = "put its value in quotes"
_SYNTAX = "BUILDKIT_SYNTAX"
_MOUNT_FROM = re.compile(r"(?:^|,)from=([^,]+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_PREDEFINED = re.compile(r"\$\{?(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT)\b")


@dataclass(frozen=True, slots=True)
class DockerfileReader:
    """See `Reader`."""

    options: BuildOptions = field(default_factory=BuildOptions)

    def read(self, source: Source, found: Found) -> None:
        """Note every image of a Dockerfile."""
        if len(source.text) > GATE_DOCKERFILE_BYTES:
            found.wrong(source, source.start, f"a Dockerfile of more than {GATE_DOCKERFILE_BYTES} bytes")
            return
        self._frontend(source, found)
        build = _Build(source, found, self.options)
        for instruction in instructions(source):
            build.instruction(instruction)
        build.finish()

    def _frontend(self, source: Source, found: Found) -> None:
        """What ``# syntax=`` names, unless an argument of the build names another one."""
        other = self.options.arguments.get(_SYNTAX, "")
        if other is None:
            found.wrong(source, source.start, _unclear(_SYNTAX), hint=_QUOTES)
        elif other.strip():
            found.named(source, source.start, other.split()[0], "frontend", _SYNTAX)
        elif (syntax := syntax_directive(source)) is not None:
            _note(source, syntax, syntax.text, "frontend", "syntax", (), found)


@dataclass(slots=True)
class _Stage:
    """``name`` is how it is called in reports; ``needs`` are the numbers of stages that it is built from."""

    name: str
    found: Found = field(default_factory=Found)
    needs: set[int] = field(default_factory=set)
    is_replaced: bool = False


@dataclass(slots=True)
class _Build:
    source: Source
    found: Found
    options: BuildOptions
    arguments: dict[str, str] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=dict)
    stages: list[_Stage] = field(default_factory=list)

    def instruction(self, instruction: Instruction) -> None:
        """Note what one instruction names."""
        try:
            match instruction.name:
                case "ARG" if not self.stages:
                    self._arguments(instruction)
                case "FROM":
                    self._from(instruction)
                case "COPY":
                    self._copied(instruction, list(instruction.flags("from")))
                case "RUN":
                    self._copied(instruction, list(_mounted(instruction)))
                case _:
                    return
        except ManifestError as error:
            kind = UnsetVariableError if isinstance(error, UnsetVariableError) else ManifestError
            place = self.source.place(instruction.start)
            self.found.problem(kind(f"{place}: {error.message}", hint=error.hint))

    def finish(self) -> None:
        """Hand over what the stages name that are built."""
        if not self.stages:
            self.found.wrong(self.source, self.source.start, "a Dockerfile without FROM")
            return
        built = set(range(len(self.stages)))
        if self.options.target:
            number = self.names.get(self.options.target.lower())
            if number is None:
                what = f"there is no stage {safe(self.options.target, limit=80)}, which is to be built"
                self.found.wrong(self.source, self.source.start, what)
                return
            built = self._needed(number)
        for number, stage in enumerate(self.stages):
            if number in built:
                self.found.add(stage.found)
            else:
                # BuildKit reads it nevertheless.
                self.found.add(Found(problems=stage.found.problems))

    def _needed(self, number: int) -> set[int]:
        needed: set[int] = set()
        left = [number]
        while left:
            number = left.pop()
            if number not in needed:
                needed.add(number)
                left += self.stages[number].needs
        return needed

    def _arguments(self, instruction: Instruction) -> None:
        """Arguments before the first FROM, the only ones that it knows."""
        given = self.options.arguments
        for word in instruction.words:
            name, equals, default = word.text.partition("=")
            value = given.get(name, "")
            if value is None:
                self.unclear.add(name)
            elif name in given:
                self.arguments[name] = value
            elif equals:
                # Found out only where it is used: most arguments are for other purposes.
                self.arguments[name] = _value(default, self.arguments, quiet=True)

    def _from(self, instruction: Instruction) -> None:
        words, number = instruction.operands, len(self.stages)
        named = words[2].text if len(words) == 3 else ""
        stage = _Stage(f"stage {named or number}")
        self.stages.append(stage)
        if not is_from(words):
            raise ManifestError("FROM is followed by something else than IMAGE [AS NAME]")
        image = words[0]
        text = self._text(image.text)
        base = self.names.get(text.lower())
        if named:
            self.names[named.lower()] = number
            stage.is_replaced = self._is_replaced(named.lower(), copied=False)
        if stage.is_replaced:
            return
        if base is not None:
            stage.needs.add(base)
        elif text != "scratch" and not self._is_replaced(text, copied=False):
            platforms = self._platforms(instruction)
            _note(self.source, image, text, stage.name, "FROM", platforms, stage.found)

    def _text(self, text: str) -> str:
        for match in _VARIABLE.finditer(text) if self.unclear else ():
            if match[1] in self.unclear:
                raise ManifestError(_unclear(match[1]), hint=_QUOTES)
        return _value(text, self.arguments)

    def _is_replaced(self, name: str, *, copied: bool) -> bool:
        """Whether a context stands for the image or stage; raises `ManifestError` where it is unknown."""
        context = self.options.context(name)
        if context is not None and context.unknown and (context.is_image or not copied):
            raise ManifestError(f"{safe(name, limit=100)} is {context.unknown}")
        return context is not None

    def _platforms(self, instruction: Instruction) -> tuple[Platform, ...]:
        for word in instruction.flags("platform"):
            if "TARGETPLATFORM" in word.text and "TARGETPLATFORM" not in self.arguments:
                break
            # Which platform builds is not known here: all are judged.
            if not _PREDEFINED.match(word.text) or word.text.strip("${}") in self.arguments:
                try:
                    return (Platform.parse(self._text(word.text)),)
                except InputError as error:
                    raise ManifestError(error.message, hint=error.hint) from None
            return ()
        return self.options.platforms

    def _copied(self, instruction: Instruction, words: list[Word]) -> None:
        if not self.stages or self.stages[-1].is_replaced:
            return
        stage, number = self.stages[-1], len(self.stages) - 1
        for word in words:
            name = word.text.lower()
            if name in self.names:
                stage.needs.add(self.names[name])
            elif name.isdecimal() and int(name) < number:
                stage.needs.add(int(name))
            elif not self._is_replaced(word.text, copied=True):
                found, platforms = stage.found, self.options.platforms
                _note(self.source, word, word.text, stage.name, instruction.name, platforms, found)


def _unclear(name: str) -> str:
    return (
        f"the argument {safe(name, limit=80)} is a number or a truth value, which programs write differently"
    )


def _mounted(instruction: Instruction) -> Iterator[Word]:
    """The images of ``RUN --mount=type=bind,from=IMAGE``."""
    for word in instruction.flags("mount"):
        for match in _MOUNT_FROM.finditer(word.text):
            yield word.part(match.start(1), match.end(1))


def _value(text: str, arguments: Mapping[str, str], *, quiet: bool = False) -> str:
    """``text`` unquoted, with the values of its variables; ``quiet``: as it stands where that fails."""
    plain = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
    if text.startswith("'") or "$" not in plain:
        return plain
    try:
        return interpolate(plain, arguments)
    except UnsetVariableError as error:
        if quiet:
            return text
        raise UnsetVariableError(error.message, hint=_HINT) from None
    except ManifestError:
        if quiet:
            return text
        raise


def _note(
    source: Source,
    word: Word,
    text: str,
    object_: str,
    path: str,
    platforms: tuple[Platform, ...],
    found: Found,
) -> None:
    span = None
    if word.text == text and source.text[word.start : word.end] == text:
        span = Span(source, word.start, word.end)
    found.named(source, word.start, text, object_, path, platforms, span)
