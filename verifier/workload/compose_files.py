"""Compose files, the files that they lead to, and the variables of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from verifier.errors import ManifestError
from verifier.limits import GATE_INCLUDES
from verifier.text import safe
from verifier.workload.env_files import read_env_file
from verifier.workload.nodes import ListNode, MapNode, Node, is_null, text_of
from verifier.workload.source import STDIN, Source
from verifier.workload.trees import Tree
from verifier.workload.variables import interpolate
from verifier.workload.yaml_reader import read_yaml

RENDER = "judge what is deployed: docker compose config | verify gate -"


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """One file. ``variables`` gives their values, read when they are first needed."""

    source: Source
    root: MapNode
    variables: Callable[[], Mapping[str, str]]
    depth: int = 0
    project: Path | None = None

    @property
    def folder(self) -> Path | None:
        """Where it lies; None for standard input."""
        return None if self.source.name == STDIN else Path(self.source.name).parent

    @property
    def builds_from(self) -> Path:
        """The directory that its builds start from: the project's, which is not always its own."""
        return self.project or self.folder or Path()

    def service(self, name: str) -> MapNode | None:
        """One of its services."""
        services = self.root.get("services")
        service = services.get(name) if isinstance(services, MapNode) else None
        return service if isinstance(service, MapNode) else None

    def text(self, text: str) -> str:
        """``text`` with the values of its variables. Raises `ManifestError`."""
        return interpolate(text, self.variables()) if "$" in text else text


@dataclass(frozen=True, slots=True)
class Value:
    """What a service has under a key, and in which file that stands."""

    file: ComposeFile
    node: Node

    def text(self) -> str | None:
        """Its text with the values of its variables, or None where it is none. Raises `ManifestError`."""
        text = text_of(self.node)
        return None if text is None else self.file.text(text)


@dataclass(frozen=True, slots=True)
class ComposeFiles:
    """Opens them. ``given`` are variables that win; ``env_files`` stand in for ``.env`` beside a file."""

    tree: Tree
    given: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] | None = None

    def first(self, source: Source, root: MapNode) -> ComposeFile:
        """The file that others may be opened from."""
        folder = None if source.name == STDIN else Path(source.name).parent
        env_files = None if self.env_files is None else tuple(map(Path, self.env_files))
        return ComposeFile(source, root, self._variables(folder, env_files, lambda: self.given))

    def extended(self, file: ComposeFile, text: str) -> ComposeFile:
        """The file whose service is extended; variables mean there what they mean here."""
        source, root = self._open(file, text)
        return ComposeFile(source, root, file.variables, file.depth + 1)

    def included(self, file: ComposeFile, node: Node) -> Iterator[ComposeFile]:
        """The files of one entry of ``include``; each has an ``.env`` of its own, over which ours wins."""
        paths: tuple[Node, ...] = (node,)
        env_files = None
        if isinstance(node, MapNode):
            if not is_null(node.get("project_directory")):
                raise ManifestError("'project_directory' of an include is not understood", hint=RENDER)
            paths = _as_list(node.get("path"))
            if not is_null(node.get("env_file")):
                folder = file.folder or Path()
                env_files = tuple(folder / file.text(_text(item)) for item in _as_list(node.get("env_file")))
        project: Path | None = None
        for item in paths:
            source, root = self._open(file, file.text(_text(item)))
            # compose-go, loader/include.go: the first of them is where the project is.
            project = project or Path(source.name).parent
            variables = self._variables(Path(source.name).parent, env_files, file.variables)
            yield ComposeFile(source, root, variables, file.depth + 1, project)

    def _open(self, file: ComposeFile, text: str) -> tuple[Source, MapNode]:
        if file.folder is None:
            raise ManifestError(f"{safe(text)} cannot be found from standard input", hint=RENDER)
        if "://" in text or text.startswith(("git@", "github.com/")):
            raise ManifestError(f"{safe(text)} is not a file here", hint=RENDER)
        if file.depth >= GATE_INCLUDES:
            raise ManifestError(f"more than {GATE_INCLUDES} files lead from one to the other")
        path = file.folder / text
        raw = self.tree.read(path)
        if raw is None:
            raise ManifestError(f"there is no file {safe(path)}")
        source = Source.decode(str(path), raw)
        documents = read_yaml(source)
        root = documents[0].root if documents else None
        if len(documents) != 1 or not isinstance(root, MapNode):
            raise ManifestError(f"{safe(path)} is no Compose file")
        if documents[0].tags:
            raise ManifestError(f"{safe(path)} has tags, which are for merging files", hint=RENDER)
        return source, root

    def _variables(
        self,
        folder: Path | None,
        env_files: tuple[Path, ...] | None,
        inherited: Callable[[], Mapping[str, str]],
    ) -> Callable[[], Mapping[str, str]]:
        @cache
        def read() -> Mapping[str, str]:
            given = inherited()
            values: dict[str, str] = {}
            usual = () if folder is None else (folder / ".env",)
            for path in usual if env_files is None else env_files:
                raw = self.tree.read(path)
                if raw is not None:
                    values |= read_env_file(
                        Source.decode(str(path), raw).text, str(path), {**values, **given}
                    )
                elif env_files is not None:
                    raise ManifestError(f"there is no file {safe(path)}")
            return {**values, **given}

        return read


def _as_list(node: Node | None) -> tuple[Node, ...]:
    if isinstance(node, ListNode):
        return node.items
    return () if node is None else (node,)


def _text(node: Node) -> str:
    text = text_of(node)
    if text is None:
        raise ManifestError("'include' names something that is no text")
    return text
