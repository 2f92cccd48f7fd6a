"""What looks like an image and stands where none is known: it must not go by unseen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from verifier.workload.likeness import (
    assigns_image,
    has_host_and_tag,
    has_parts,
    has_scheme,
    is_by_digest,
    is_image_key,
    is_image_repository_key,
    is_in_registry,
    is_plain_name,
    is_reference,
    is_repository_key,
    is_version_key,
    is_with_host,
    without_scheme,
)
from verifier.workload.nodes import Kind, ListNode, MapNode, Node, Scalar, text_of
from verifier.workload.paths import below
from verifier.workload.pod import CONTAINERS

_WRITTEN = frozenset({"podSpecPatch", "manifest"})  # objects in text: Argo Workflows makes pods by them
_PARTS = frozenset({"repository", "registry", "name", "tag", "digest", "reference"})
_BASES = ("repository", "repo", "registry")
_VERSIONS = frozenset({"tag", "digest", "pullPolicy", "imagePullPolicy"})


@dataclass(frozen=True, slots=True)
class Leftover:
    """A place that looks like an image; ``sure``: it is one, as far as anybody can say who reads it."""

    index: int
    path: str
    sure: bool


class _Context(Enum):
    """What the keys and values of a mapping are, by where it is."""

    FIELDS = "fields of an object"
    WORDS = "words of the user, as labels are: no value of a label can be a reference with a path or a tag"
    PROGRAM = "words for the program in a container, which may or may not run them as images"
    IMAGES = "about images, or words for a driver that may mount one: what has the form of one is one"
    NOTES = "annotations of an object's metadata"


# Keys whose mappings of words, and nothing else, are words.
_WORDS = frozenset(
    {"commonLabels", "labels", "limits", "matchLabels", "nodeSelector", "requests", "selector"}
)
_DRIVER = frozenset({"volumeAttributes", "flexVolume"})  # core/v1 CSIVolumeSource, FlexVolumeSource
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # the object once more, as it was
_PROGRAM = frozenset({"args", "command", "entrypoint", "env", "environment", "script"})


def leftovers(
    root: MapNode,
    taken: Collection[int],
    *,
    unknown: bool,
    is_judged: Callable[[Node], bool] = lambda _: False,
) -> Iterator[Leftover]:
    """Everything in an object that looks like an image, without the nodes in ``taken``.

    The status of an object is none of its wishes. In an object of an ``unknown`` kind containers are enough:
    something may fill in their images. ``is_judged`` tells what is judged by itself, as objects inside are.
    """
    sweep = _Sweep(taken, unknown, is_judged)
    for key, (name, value) in root.entries.items():
        if key != "status":
            yield from sweep.entry(name, value, key, _Context.FIELDS)


@dataclass(frozen=True, slots=True)
class _Sweep:
    taken: Collection[int]
    unknown: bool
    is_judged: Callable[[Node], bool]

    def entry(self, name: Scalar, value: Node, path: str, context: _Context) -> Iterator[Leftover]:
        """One key of a mapping, and all below it."""
        key = name.text
        if id(value) not in self.taken:
            sure = self._doubt(key, value, context)
            if sure is not None:
                # No key of an unknown kind says that what is below it is for the program in a container.
                is_key = self.unknown and context is _Context.PROGRAM and is_image_key(key)
                yield Leftover(name.start, path, sure or is_key or self._is_uri(value, context))
                return
        if self.is_judged(value):
            return
        inside = _inside(key, value, context)
        if isinstance(value, MapNode):
            for inner, (inner_name, inner_value) in value.entries.items():
                of = _Context.NOTES if (key, inner) == ("metadata", "annotations") else inside
                yield from self.entry(inner_name, inner_value, below(path, inner), of)
        elif isinstance(value, ListNode):
            yield from self._items(name, value, path, inside)

    def _items(self, name: Scalar, items: ListNode, path: str, context: _Context) -> Iterator[Leftover]:
        for number, item in enumerate(items.items):
            at = f"{path}[{number}]"
            if isinstance(item, Scalar):
                # An item has the place of its own, and the name of its list: an "images" entry, an argument.
                yield from self.entry(Scalar("", Kind.TEXT, item.start, item.end), item, at, context)
            elif isinstance(item, MapNode) and (pair := _pair(item)) is not None:
                yield from self._named_value(*pair, item, at, context)
            else:
                yield from self.entry(name._replace(text="", start=item.start), item, at, context)

    def _named_value(
        self, name: str, key: str, value: Scalar, item: MapNode, at: str, context: _Context
    ) -> Iterator[Leftover]:
        """``{name: NAME, value: VALUE}`` is what ``NAME: VALUE`` is.

        What a parameter of a known kind is for, its places say: where it becomes an image, it is not final
        there.
        """
        if id(value) not in self.taken:
            sure = self._doubt(name, value, context)
            if sure is not None:
                start = item.entries[key][0].start
                is_final = self.unknown or without_scheme(value.text) is not None
                yield Leftover(start, below(at, key), (sure and is_final) or self._is_uri(value, context))
        for inner, (inner_name, inner_value) in item.entries.items():
            if inner not in {"name", "key", key}:
                yield from self.entry(inner_name, inner_value, below(at, inner), _Context.FIELDS)

    def _is_uri(self, value: Node, context: _Context) -> bool:
        """Whether a value in an unknown kind is the URI of an image, whatever its key."""
        text = text_of(value) if self.unknown and context is not _Context.NOTES else None
        return text is not None and without_scheme(text) is not None

    def _doubt(self, key: str, value: Node, context: _Context) -> bool | None:
        """Whether this is surely an image, or perhaps; None where it is nothing like one."""
        if isinstance(value, Scalar):
            return _scalar(key, value, context)
        if self.unknown and _are_containers(key, value):
            return True
        if isinstance(value, MapNode) and _is_in_parts(key, value):
            return True
        return True if is_image_key(key) and self._names_images(key, value) else None

    def _names_images(self, key: str, value: Node) -> bool:
        """Whether a mapping or list has text that names an image, or a list a mapping with such text.

        In a list at ``image`` every text does.
        """
        items = value.items if isinstance(value, ListNode) else ()
        inner = [*items, *_values(value), *(each for item in items for each in _values(item))]
        texts = [text for node in inner if id(node) not in self.taken and (text := text_of(node))]
        return any(map(is_reference, texts)) or (key == "image" and any(map(text_of, items)))


def _inside(key: str, value: Node, context: _Context) -> _Context:
    """What the entries below ``key`` are."""
    if context is _Context.NOTES:
        return context if key == "annotations" else _Context.FIELDS
    if key in _PROGRAM:
        return _Context.PROGRAM
    if key == "rbd":  # core/v1 RBDVolumeSource: ``image`` is the name of a block device
        return _Context.WORDS
    only_words = isinstance(value, MapNode) and all(isinstance(inner, Scalar) for _, inner in value.items())
    if key in _WORDS and only_words:
        return _Context.WORDS
    is_about = key in _DRIVER or "image" in key.lower() or context is _Context.IMAGES
    return _Context.IMAGES if is_about else _Context.FIELDS


def _pair(item: MapNode) -> tuple[str, str, Scalar] | None:
    """The name of a variable or parameter, under which key it has a value or a default, and that."""
    name = text_of(item.get("name")) or text_of(item.get("key"))
    for key in ("value", "default"):
        value = item.get(key)
        if name is not None and isinstance(value, Scalar):
            return name, key, value
    return None


def _scalar(key: str, value: Scalar, context: _Context) -> bool | None:
    if value.kind is not Kind.TEXT or not value.text.strip():
        return None
    text = value.text
    is_program = context is _Context.PROGRAM or key in _PROGRAM
    if _is_image(key, text, context):
        return not is_program and context is not _Context.NOTES
    if not _is_doubtful(key, text, context, program=is_program):
        return None
    return _is_document(text) and not is_program and context is not _Context.NOTES


def _is_document(text: str) -> bool:
    """Whether a text is a whole document: an object of somebody who makes more objects by it."""
    return text.lstrip()[:1] in {"{", "["}


def _is_image(key: str, text: str, context: _Context) -> bool:
    if without_scheme(text) is not None or is_by_digest(text):
        return True
    if key in _WRITTEN:
        return "image" in text
    if is_with_host(text) and ("image" in key.lower() or context is _Context.IMAGES):
        return True
    if not is_image_key(key):
        return False
    is_word = context in {_Context.FIELDS, _Context.IMAGES} and (key == "image" or is_plain_name(text))
    return is_word or is_reference(text)


def _is_doubtful(key: str, text: str, context: _Context, *, program: bool) -> bool:
    """Whether an image may be meant: by its form, or in text that sets one, as objects in text do."""
    if context is _Context.NOTES and (key == _APPLIED or not _is_document(text)):
        return False
    if has_host_and_tag(text) if program else is_with_host(text):
        return True
    if is_repository_key(key) and is_in_registry(text):
        return True  # its tag, or its version, is elsewhere
    if has_scheme(text):
        return True
    return "image" in text.lower() and (assigns_image(text) or has_parts(text))


def _is_in_parts(key: str, value: MapNode) -> bool:
    """Whether this is an image in parts: ``{repository: ghcr.io/org/app, tag: "1"}``."""
    if key == "image" and not _PARTS.isdisjoint(value.entries):
        return True
    if not any(key in _VERSIONS or is_version_key(key) for key in value.entries):
        return False
    bases = (text_of(node) for key, node in value.items() if key in _BASES or is_image_repository_key(key))
    return any(text and "://" not in text for text in bases)


def _values(node: Node) -> list[Node]:
    return [value for _, value in node.items()] if isinstance(node, MapNode) else []


def _are_containers(key: str, value: Node) -> bool:
    return (
        key in CONTAINERS
        and isinstance(value, ListNode)
        and any(isinstance(item, MapNode) for item in value.items)
    )
