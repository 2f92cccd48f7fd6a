"""Dockerfiles: the images that a build starts from, copies from and is run by.

BuildKit, frontend/dockerfile/parser and docs/reference.md. A stage is no image; the frontend that
``# syntax=`` names is one, and it decides what all else means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from verifier.errors import InputError, ManifestError
from verifier.limits import GATE_DOCKERFILE_BYTES
from verifier.model.platform import Platform
from verifier.workload.dockerfile_lines import Instruction, Word, instructions, syntax_directive
from verifier.workload.interface import Found, Span
from verifier.workload.names import Claim
from verifier.workload.source import Source
from verifier.workload.variables import interpolate

_HINT = "FROM knows what an ARG before it declares, with its default or the value of --build-arg NAME=VALUE"
_MOUNT_FROM = re.compile(r"(?:^|,)from=([^,]+)", re.IGNORECASE)
# https://docs.docker.com/reference/dockerfile/#overview
_INSTRUCTIONS = (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER "
    "RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
)
_PREDEFINED = re.compile(r"\$\{?(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT)\b")


def builds(source: Source) -> bool:
    """Whether BuildKit would build from this text: a FROM of the right form stands first, but for ARG."""
    try:
        first = next((each for each in instructions(source) if each.name != "ARG"), None)
    except ManifestError:
        return True  # who reads it will say what is wrong
    return first is not None and first.name == "FROM" and _is_from(first.operands)


def is_meant(source: Source, claim: Claim) -> bool:
    """Whether a file whose name makes this ``claim`` is meant as a Dockerfile."""
    try:
        if claim is Claim.SURE or syntax_directive(source) is not None:
            return True
        if claim is Claim.OTHER:
            return builds(source)
        names = [each.name for each in instructions(source)]
    except ManifestError:
        return True
    # Without FROM it cannot be built, and one that was forgotten is worth a word.
    forgotten = claim is Claim.LIKELY and not {*names[:1]}.isdisjoint(_INSTRUCTIONS.split())
    return forgotten or "FROM" in names


def _is_from(words: Sequence[Word]) -> bool:
    return len(words) == 1 or (len(words) == 3 and words[1].text.upper() == "AS")


@dataclass(frozen=True, slots=True)
class DockerfileReader:
    """See `Reader`. ``arguments`` are those of the build (``--build-arg``)."""

    arguments: Mapping[str, str] = field(default_factory=dict)

    def read(self, source: Source, found: Found) -> None:
        """Note every image of a Dockerfile."""
        if len(source.text) > GATE_DOCKERFILE_BYTES:
            found.wrong(source, source.start, f"a Dockerfile of more than {GATE_DOCKERFILE_BYTES} bytes")
            return
        if (syntax := syntax_directive(source)) is not None:
            _note(source, syntax, syntax.text, "frontend", "syntax", (), found)
        build = _Build(source, found, dict(self.arguments))
        for instruction in instructions(source):
            build.instruction(instruction)
        if not build.started:
            found.wrong(source, source.start, "a Dockerfile without FROM")


@dataclass(slots=True)
class _Build:
    source: Source
    found: Found
    given: dict[str, str]
    arguments: dict[str, str] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    started: int = 0

    def instruction(self, instruction: Instruction) -> None:
        """Note what one instruction names."""
        try:
            match instruction.name:
                case "ARG" if not self.started:
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
            self.found.wrong(self.source, instruction.start, error.message, hint=error.hint)

    def _arguments(self, instruction: Instruction) -> None:
        """Arguments before the first FROM, the only ones that it knows."""
        for word in instruction.words:
            name, equals, default = word.text.partition("=")
            if name in self.given:
                self.arguments[name] = self.given[name]
            elif equals:
                # Found out only where it is used: most arguments are for other purposes.
                self.arguments[name] = _value(default, self.arguments, quiet=True)

    def _from(self, instruction: Instruction) -> None:
        words, number = instruction.operands, self.started
        self.started += 1
        if not _is_from(words):
            raise ManifestError("FROM is followed by something else than IMAGE [AS NAME]")
        image = words[0]
        text = _value(image.text, self.arguments)
        stage = f"stage {words[2].text if len(words) == 3 else number}"
        if text.lower() not in self.stages and text != "scratch":
            platforms = self._platforms(instruction)
            _note(self.source, image, text, stage, "FROM", platforms, self.found)
        if len(words) == 3:
            self.stages[words[2].text.lower()] = number

    def _platforms(self, instruction: Instruction) -> tuple[Platform, ...]:
        for word in instruction.flags("platform"):
            # Which platform builds, or is built for, is not known here: all are judged.
            if not _PREDEFINED.match(word.text) or word.text.strip("${}") in self.arguments:
                try:
                    return (Platform.parse(_value(word.text, self.arguments)),)
                except InputError as error:
                    raise ManifestError(error.message, hint=error.hint) from None
        return ()

    def _copied(self, instruction: Instruction, words: list[Word]) -> None:
        for word in words:
            name = word.text.lower()
            if name not in self.stages and not (name.isdecimal() and int(name) < self.started - 1):
                stage = next((key for key, number in self.stages.items() if number == self.started - 1), "")
                object_ = f"stage {stage or self.started - 1}"
                _note(self.source, word, word.text, object_, instruction.name, (), self.found)


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
    except ManifestError as error:
        if quiet:
            return text
        hint = _HINT if "has no value" in error.message else error.hint
        raise ManifestError(error.message, hint=hint) from None


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
