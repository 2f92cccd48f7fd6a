"""Which reader a file is for, and all that one file names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Self

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.build_options import BuildOptions
from verifier.workload.compose import ComposeReader, is_compose
from verifier.workload.compose_build import BuildReader
from verifier.workload.compose_files import ComposeFiles
from verifier.workload.dockerfile import DockerfileReader
from verifier.workload.dockerfile_text import builds, is_meant
from verifier.workload.interface import Found, Note, SyntaxProblemError
from verifier.workload.json_reader import read_json
from verifier.workload.kinds import Kinds
from verifier.workload.kubernetes import KubernetesReader, is_object
from verifier.workload.kustomize import is_kustomization, read_kustomization
from verifier.workload.leftovers import leftovers
from verifier.workload.names import Claim, Form, claim_of, is_dockerfile_name
from verifier.workload.nodes import Document, MapNode, Node, Scalar
from verifier.workload.others import program_in
from verifier.workload.passed_over import other_data
from verifier.workload.plain import PlainReader, is_list
from verifier.workload.source import Source
from verifier.workload.trees import BoundedTree, Tree
from verifier.workload.yaml_reader import read_yaml

# Words of objects, and what may spell one: escapes, and tags such as !!binary.
_WORDS = ("apiVersion", "kind", "image", "containers", "services", "\\x", "\\u", "\\U", "!!", "!<", "%TAG")
_NOTHING = "neither a Kubernetes object nor a Compose file"
# By these go-yaml reads other keys than stand there: then nobody can say what else this is.
_OTHER_KEYS = frozenset({"!", "tag:yaml.org,2002:binary", "tag:yaml.org,2002:merge"})


_PLACE = re.compile(r"(\d+):(\d+): ")
_COMPOSE = re.compile(r"(?:.*[._-])?compose(?:[._-].*)?\.ya?ml", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How files are to be read. ``variables`` are Compose's, ``arguments`` those of Dockerfiles.

    ``allow_builds``: a build that cannot be followed is left out, where it would be a problem.
    """

    kinds: Kinds
    variables: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    allow_builds: bool = False


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers, set up as the user has asked; ``tree`` has the files that others lead to."""

    kubernetes: KubernetesReader
    compose: ComposeReader
    dockerfile: DockerfileReader
    tree: Tree

    @classmethod
    def of(cls, options: ReadOptions, tree: Tree) -> Self:
        """The readers that the options ask for."""
        files = ComposeFiles(BoundedTree(tree), options.variables, options.env_files)
        builds = BuildReader(files.tree, options.arguments, leave_out=options.allow_builds)
        return cls(
            KubernetesReader(options.kinds),
            ComposeReader(files, builds),
            DockerfileReader(BuildOptions(arguments=options.arguments)),
            tree,
        )

    def read(self, source: Source, form: Form, *, given: bool) -> Found:
        """Find all that ``source`` names; ``given`` where the user named this very file.

        What is no file of images is a problem where the user named it, and is noted where it was come across.
        """
        found = Found()
        try:
            match _by_its_text(source, form):
                case Form.LIST:
                    PlainReader().read(source, found)
                case Form.DOCKERFILE:
                    self._dockerfile(source, found, given=given)
                case _:
                    self._data(source, found, given=given)
        except ManifestError as error:
            if given or not _is_something_else(error, source):
                found.problem(error)
            else:
                found.notes.add(_unparsed(source, error))
        return found

    def _dockerfile(self, source: Source, found: Found, *, given: bool) -> None:
        claim = claim_of(source.name)
        if given or is_meant(source, claim):
            self.dockerfile.read(source, found)
        elif claim is not Claim.OTHER:
            found.notes.add(Note(path=source.name, message="not a Dockerfile: it has no FROM"))

    def _data(self, source: Source, found: Found, *, given: bool) -> None:
        documents = _documents(source)
        for document in documents:
            self._document(source, document, found, given=given)
        if not documents:
            found.notes.add(Note(path=source.name, message="it holds no document"))

    def _document(self, source: Source, document: Document, found: Found, *, given: bool) -> None:
        root = document.root
        other = next((place for place, tag in document.tags if tag in _OTHER_KEYS), None)
        if isinstance(root, MapNode) and is_kustomization(root, source.name):
            read_kustomization(source, root, self.tree, found, given=given)
        elif is_object(root):
            self.kubernetes.read(source, document, found)
        elif _is_hidden(source) and not given:
            # kubectl applies the objects in such files; other programs keep what is theirs there.
            found.notes.add(other_data(source, "hidden"))
        elif is_compose(root, named=given or bool(_COMPOSE.fullmatch(PurePath(source.name).name))):
            self.compose.read(source, document, found)
        elif other is not None:
            found.wrong(source, other, "a tag by which programs read other keys", hint="leave it out")
        elif given or (_is_half_an_object(root) and not _is_of_another(root, source)):
            found.wrong(source, root.start, _NOTHING, hint="docs/gate.md says what is read")
        else:
            found.notes.add(other_data(source, _NOTHING, line=source.position(root.start)[0]))


def is_of_others(name: str, raw: bytes) -> bool:
    """Whether a file that is no text, and was come across, is one of another program by its name's ending."""
    if not is_dockerfile_name(name) or claim_of(name) is not Claim.OTHER:
        return False
    return not is_meant(Source.of(name, raw.decode("utf-8", "replace")), Claim.OTHER)


def _by_its_text(source: Source, form: Form) -> Form:
    """The form of a file whose name says nothing, or of a Dockerfile with the ending of another form."""
    if form is Form.UNKNOWN:
        if builds(source):
            return Form.DOCKERFILE
        return Form.LIST if is_list(source) else Form.DATA
    if form is Form.DATA and is_dockerfile_name(source.name) and is_meant(source, Claim.OTHER):
        return Form.DOCKERFILE
    return form


def _documents(source: Source) -> tuple[Document, ...]:
    """As kubectl does: what begins like JSON is read as JSON, and as YAML where it is none."""
    text = source.text[source.start :]
    if text.lstrip()[:1] not in {"{", "["}:
        return read_yaml(source)
    try:
        return read_json(source)
    except ManifestError as error:
        try:
            return read_yaml(source)
        except ManifestError as other:
            is_yaml = "{{" in text or source.name.lower().endswith((".yaml", ".yml"))
            raise (other if is_yaml else error) from None


def _is_hidden(source: Source) -> bool:
    return PurePath(source.name).name.startswith(".")


def _is_something_else(error: ManifestError, source: Source) -> bool:
    """Whether a file that was come across cannot be read because it is for other programs.

    Without these words no reader finds an object in it, nor where letters are written as escapes.
    """
    if _is_hidden(source):
        return not any(word in source.text for word in ("apiVersion", "\\x", "\\u", "\\U"))
    return isinstance(error, SyntaxProblemError) and not any(word in source.text for word in _WORDS)


def _unparsed(source: Source, error: ManifestError) -> Note:
    message = error.message.removeprefix(f"{safe(source.name)}:")
    place = _PLACE.match(message)
    if place is None:
        return other_data(source, message.strip())
    return other_data(source, message[place.end() :], line=int(place[1]), column=int(place[2]))


def _is_of_another(root: Node, source: Source) -> bool:
    """Whether a mapping without a kind, which kubectl refuses, is what another program is known by."""
    return isinstance(root, MapNode) and program_in(source.text) is not None


def _is_half_an_object(root: Node) -> bool:
    """Whether this would be a Kubernetes object if it said so: it must not go by unseen.

    Text that holds one is such a thing too: kubectl passes over blanks before a brace that are text to YAML.
    """
    if isinstance(root, Scalar):
        return "apiVersion" in root.text
    if not isinstance(root, MapNode):
        return False
    says = "kind" in root.entries or "apiVersion" in root.entries
    return "containers" in root.entries or (
        says and any(left.sure for left in leftovers(root, (), unknown=True))
    )
