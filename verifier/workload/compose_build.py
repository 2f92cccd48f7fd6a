"""What Compose services are built from: the Dockerfile that each names, and the images of its contexts.

Compose Build Specification, build.md, and compose-go, types/build.go. Builds of services that extend one
another are merged, key by key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verifier.errors import InputError, ManifestError
from verifier.model.platform import Platform
from verifier.model.report import Location
from verifier.text import safe
from verifier.workload.build_options import BuildOptions, Context
from verifier.workload.compose_files import ComposeFile, Value
from verifier.workload.dockerfile import DockerfileReader
from verifier.workload.interface import Found, Span
from verifier.workload.nodes import Kind, ListNode, MapNode, Node, Scalar, is_null, items_of, text_of
from verifier.workload.source import Source
from verifier.workload.trees import Tree

_HINT = "--allow-builds leaves out what services are built from where that is not known"
# compose-go, paths/context.go
_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")
_IMAGE = "docker-image://"
_SERVICE = "service:"
_PLAIN = re.compile(r"true|false|(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{0,5}[1-9])?")
# buildx, build/utils.go: the second stands in for the first.
_USUAL = {"Dockerfile": ("Dockerfile", "dockerfile", "Containerfile")}


class NotFollowedError(ManifestError):
    """What a service is built from is somewhere else."""

    code = "ManifestError"


class NotHereError(NotFollowedError):
    """There is no Dockerfile, and so nothing that can be built."""

    code = "ManifestError"


@dataclass(frozen=True, slots=True)
class BuildReader:
    """Reads what ``build`` of a service leads to, out of ``tree``.

    ``arguments`` stand in for those that Compose does not give. ``leave_out``: what cannot be followed is
    noted, where it would be a problem.
    """

    tree: Tree
    arguments: Mapping[str, str]
    leave_out: bool = False

    def read(
        self,
        parts: Sequence[Value],
        service: str,
        platforms: tuple[Platform, ...],
        *,
        has_image: bool,
        found: Found,
    ) -> None:
        """Note every image that the build starts from, copies from or is run by. Raises `ManifestError`.

        ``parts`` are the builds of the services that this one extends, its own last; ``platforms`` that of
        the service, which without ``has_image`` runs what is built here and nothing else.
        """
        build = _Build(parts, service)
        options = build.options(self.arguments, platforms, found)
        try:
            self._follow(build, options, found)
        except NotFollowedError as error:
            absent = isinstance(error, NotHereError) and (not has_image or build.is_partial)
            if not absent and not self.leave_out:
                raise
            source, index = build.place
            found.overlooked(
                source, index, f"what the service {safe(service, limit=80)} is built from: {error}"
            )

    def _follow(self, build: _Build, options: BuildOptions, found: Found) -> None:
        reader = DockerfileReader(options)
        inline = build.text("dockerfile_inline")
        if inline is not None:
            if build.text("dockerfile"):
                raise ManifestError("'dockerfile' and 'dockerfile_inline' are given together")
            reader.read(Source.of(build.inline_name, inline), inner := Found())
            _moved(inner, build, found)
            return
        path, raw = self._dockerfile(build)
        reader.read(Source.decode(str(path), raw), inner := Found())
        if not inner.problems:
            found.followed.add(path.resolve())
        # No digest is written into a file that the user did not name.
        inner.images = [replace(image, span=None) for image in inner.images]
        found.add(inner)

    def _dockerfile(self, build: _Build) -> tuple[Path, bytes]:
        context, name = build.text("context") or ".", build.text("dockerfile") or "Dockerfile"
        if context.startswith((*_REMOTE, _SERVICE, "~")) or "://" in context:
            raise NotFollowedError(f"the context {safe(context, limit=200)} is not here", hint=_HINT)
        if name.startswith("~") or "://" in name:
            raise NotFollowedError(f"the Dockerfile {safe(name, limit=200)} is not here", hint=_HINT)
        # As Compose does: by the text, whatever links are on the way.
        paths = [
            Path(os.path.normpath(build.folder / context / usual)) for usual in _USUAL.get(name, (name,))
        ]
        for path in paths:
            try:
                raw = self.tree.read(path)
            except ManifestError as error:
                hint = "; ".join(each for each in (error.hint, _HINT) if each)
                raise NotFollowedError(error.message, hint=hint) from None
            if raw is not None:
                return path, raw
        raise NotHereError(f"there is no file {safe(paths[0])}", hint=_HINT)


@dataclass(frozen=True, slots=True)
class _Build:
    """The build of a service, its parts merged."""

    parts: Sequence[Value]
    service: str

    @property
    def place(self) -> tuple[Source, int]:
        """Where the last part stands."""
        return self.parts[-1].file.source, self.parts[-1].node.start

    @property
    def folder(self) -> Path:
        """What a context is relative to: the project of the file that names it."""
        value = self._last("context")
        return (value or self.parts[-1]).file.builds_from

    @property
    def is_partial(self) -> bool:
        """Whether it may be meant to be merged into that of another file, which says what is built."""
        return self._last("context") is None and self._last("dockerfile") is None

    @property
    def inline_name(self) -> str:
        """How a Dockerfile in a Compose file is called."""
        return f"{self.place[0].name} {self.path('dockerfile_inline')}"

    def path(self, key: str) -> str:
        """The path of a key."""
        return f"services.{self.service}.build.{key}"

    def values(self, key: str) -> Iterator[Value]:
        """What the parts have under a key, the own part's last. Raises `ManifestError`."""
        for part in self.parts:
            if isinstance(part.node, MapNode):
                node = part.node.get(key)
                if node is not None and not is_null(node):
                    yield Value(part.file, node)
            elif text_of(part.node) is None:
                raise ManifestError(
                    f"the build of {safe(self.service, limit=80)} is neither text nor a mapping"
                )
            elif key == "context":
                yield part

    def _last(self, key: str) -> Value | None:
        return next(reversed([*self.values(key)]), None)

    def text(self, key: str) -> str | None:
        """The text under a key, or None. Raises `ManifestError`."""
        value = self._last(key)
        if value is None:
            return None
        text = value.text()
        if text is None:
            raise ManifestError(f"{safe(self.path(key), limit=200)} is no text")
        return text

    def options(
        self, arguments: Mapping[str, str], platforms: tuple[Platform, ...], found: Found
    ) -> BuildOptions:
        """How it is built; the images of contexts, and the one that writes SBOMs, are noted in ``found``."""
        given = {name: value for name, _, value in self._pairs("args")}
        for value in self.values("platforms"):
            platforms += tuple(_platform(value.file, item) for item in items_of(value.node))
        platforms = tuple(dict.fromkeys(platforms))
        self._generator(found)
        return BuildOptions(
            arguments={**arguments, **given},
            contexts=self._contexts(platforms, found),
            target=self.text("target") or "",
            platforms=platforms,
        )

    def _pairs(self, key: str) -> Iterator[tuple[str, Value, str | None]]:
        """Names and values of a mapping, or of a list of ``NAME=VALUE``; None for a number and its like.

        A name without a value has that of the variable, as far as there is one.
        """
        for value in self.values(key):
            file = value.file
            if isinstance(value.node, MapNode):
                for name, node in value.node.items():
                    text = file.variables().get(name, "") if is_null(node) else _written(file, node)
                    if not is_null(node) or name in file.variables():
                        yield name, Value(file, node), text
                continue
            if not isinstance(value.node, ListNode):
                raise ManifestError(f"{safe(self.path(key), limit=200)} is neither a mapping nor a list")
            for item in value.node.items:
                name, equals, text = file.text(text_of(item) or "").partition("=")
                if equals or name in file.variables():
                    yield name, Value(file, item), text if equals else file.variables()[name]

    def _contexts(self, platforms: tuple[Platform, ...], found: Found) -> dict[str, Context]:
        contexts: dict[str, Context] = {}
        for name, value, text in self._pairs("additional_contexts"):
            if text is None:
                raise ManifestError(f"the context {safe(name, limit=80)} is no text")
            if text.startswith(_IMAGE):
                self._image(name, value, text.removeprefix(_IMAGE), platforms, found)
            contexts[name] = _context(value.file, text)
        return contexts

    def _image(
        self, name: str, value: Value, text: str, platforms: tuple[Platform, ...], found: Found
    ) -> None:
        source, node = value.file.source, value.node
        if text == "scratch":
            return
        span = None
        if isinstance(node, Scalar) and node.inner is not None and node.text == f"{_IMAGE}{text}":
            span = Span(source, node.inner + len(_IMAGE), node.inner + len(node.text))
        path = self.path(f"additional_contexts.{name}")
        found.named(source, node.start, text, f"service {self.service}", path, platforms, span)

    def _generator(self, found: Found) -> None:
        """The image of ``sbom: generator=IMAGE``, which is run over what is built."""
        value = self._last("sbom")
        for part in (value.text() or "" if value is not None else "").split(","):
            key, _, image = part.strip().strip('"').partition("=")
            if key == "generator" and value is not None:
                object_, path = f"service {self.service}", self.path("sbom")
                found.named(value.file.source, value.node.start, image, object_, path)


def _context(file: ComposeFile, text: str) -> Context:
    """What a further context brings along; what files of this machine hold is not judged anywhere."""
    shown = safe(text, limit=200)
    if text.startswith(_IMAGE):
        return Context()
    if text.startswith(_SERVICE):
        other = file.service(text.removeprefix(_SERVICE))
        known = other is not None and not is_null(other.get("build") or other.get("extends"))
        return Context() if known else Context(f"{shown}, which is not built in this file", is_image=True)
    if text.startswith(_REMOTE):
        return Context(f"the content of {shown}, which is not judged")
    if "://" in text or text.startswith(("target:", "input:")):
        return Context(f"{shown}, which is not judged", is_image=True)
    return Context()


def _written(file: ComposeFile, node: Node) -> str | None:
    """Text, or what is written alike by all: a short number, or a truth value."""
    if isinstance(node, Scalar) and node.kind is Kind.OTHER:
        return node.text if _PLAIN.fullmatch(node.text) else None
    text = text_of(node)
    return None if text is None else file.text(text)


def _platform(file: ComposeFile, node: Node) -> Platform:
    try:
        return Platform.parse(file.text(text_of(node) or ""))
    except ManifestError:
        raise
    except InputError as error:
        raise ManifestError(error.message, hint=error.hint) from None


def _moved(inner: Found, build: _Build, found: Found) -> None:
    """What a Dockerfile in a Compose file names, as named by that."""
    source, index = build.place
    for image in inner.images:
        at = image.location
        field = f"{build.path('dockerfile_inline')} {at.field}"
        location = Location(
            source.name, *source.position(index), f"service {build.service} {at.object}", field
        )
        found.add(Found(images=[replace(image, location=location, span=None)]))
    for problem in inner.problems:
        found.problem(problem)
