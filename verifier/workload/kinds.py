"""The kinds of objects that name images, and where: a table in a file, ours and the user's."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Self

from verifier.errors import ManifestError
from verifier.text import safe
from verifier.workload.nodes import Kind, ListNode, MapNode, Node, Scalar, text_of
from verifier.workload.paths import Path
from verifier.workload.source import Source
from verifier.workload.yaml_reader import read_yaml

_PATHS = ("pods", "images", "oci", "uris", "elsewhere", "none")
_TEXTS = ("ignore", "mention", "unseen")
_KEYS = ("apiVersion", "kind", *_PATHS, *_TEXTS, "builtin")
_HINT = "docs/gate.md describes files of kinds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a kind names images. ``builtin``: one of Kubernetes itself.

    ``oci`` are URIs that name an image where their scheme says so, ``uris`` those that do so without a scheme
    too. At ``elsewhere`` an image is chosen that is not named here, at ``none`` there is never one.
    ``ignore``, ``mention``, ``unseen``: why there is none to judge.
    """

    pods: tuple[Path, ...] = ()
    images: tuple[Path, ...] = ()
    oci: tuple[Path, ...] = ()
    uris: tuple[Path, ...] = ()
    elsewhere: tuple[Path, ...] = ()
    none: tuple[Path, ...] = ()
    ignore: str | None = None
    mention: str | None = None
    unseen: str | None = None
    builtin: bool = False


@dataclass(frozen=True, slots=True)
class Kinds:
    """What is known of kinds, by API group or group and version, and kind; ``*`` is every kind of a group."""

    table: dict[tuple[str, str], Places] = field(repr=False)

    def find(self, api_version: str, kind: str) -> Places | None:
        """What is known of a kind, the most particular first; None where nothing is."""
        group = api_version.rpartition("/")[0]
        for version in (api_version, f"{group}/*"):
            for name in (kind, "*"):
                if (places := self.table.get((version, name))) is not None:
                    return places
        return None

    def with_(self, other: Self) -> Kinds:
        """Both; of a kind that both know, what ``other`` says."""
        return Kinds({**self.table, **other.table})


@cache
def known_kinds() -> Kinds:
    """The kinds that come with the program."""
    text = resources.files("verifier.workload").joinpath("kinds.yaml").read_text("utf-8")
    return read_kinds(Source.of("kinds.yaml", text))


def read_kinds(source: Source) -> Kinds:
    """Read a file of kinds, or raise `ManifestError` with the place."""
    documents = read_yaml(source)
    root = documents[0].root if documents else None
    if len(documents) != 1 or not isinstance(root, MapNode):
        raise ManifestError(f"{safe(source.name)}: not one mapping with 'version' and 'kinds'", hint=_HINT)
    version = root.get("version")
    entries = root.get("kinds")
    if set(root.entries) != {"version", "kinds"} or not isinstance(version, Scalar) or version.text != "1":
        raise ManifestError(f"{source.place(root.start)}: 'version: 1' and 'kinds' are expected", hint=_HINT)
    if not isinstance(entries, ListNode) or not entries.items:
        raise ManifestError(f"{source.place(root.start)}: 'kinds' is no list, or empty", hint=_HINT)
    table: dict[tuple[str, str], Places] = {}
    for entry in entries.items:
        for key, places in _entry(source, entry):
            if key in table:
                raise ManifestError(
                    f"{source.place(entry.start)}: {' '.join(key)} is there twice", hint=_HINT
                )
            table[key] = places
    return Kinds(table)


def _entry(source: Source, entry: Node) -> list[tuple[tuple[str, str], Places]]:
    if not isinstance(entry, MapNode):
        raise ManifestError(f"{source.place(entry.start)}: not a mapping", hint=_HINT)
    for name, (key, _) in entry.entries.items():
        if name not in _KEYS:
            message = f"{source.place(key.start)}: {safe(name, limit=80)!r} is not known"
            raise ManifestError(message, hint=f"known are {', '.join(_KEYS[:-1])}")
    versions, kinds = (_texts(source, entry, name) for name in ("apiVersion", "kind"))
    if not versions or not kinds:
        raise ManifestError(f"{source.place(entry.start)}: 'apiVersion' and 'kind' are expected", hint=_HINT)
    paths = {name: tuple(_paths(source, entry, name)) for name in _PATHS}
    texts = {name: text for name in _TEXTS if (text := text_of(entry.get(name))) is not None}
    if any(paths.values()) + len(texts) != 1:
        known = f"paths ({', '.join(_PATHS)}), or one of {', '.join(_TEXTS)}"
        raise ManifestError(
            f"{source.place(entry.start)}: {known}, are expected",
            hint="'ignore', 'mention' and 'unseen' are text that says why",
        )
    places = Places(
        pods=paths["pods"],
        images=paths["images"],
        oci=paths["oci"],
        uris=paths["uris"],
        elsewhere=paths["elsewhere"],
        none=paths["none"],
        ignore=texts.get("ignore"),
        mention=texts.get("mention"),
        unseen=texts.get("unseen"),
        builtin=entry.get("builtin") is not None,
    )
    return [((version, kind), places) for version in versions for kind in kinds]


def _texts(source: Source, entry: MapNode, name: str) -> list[str]:
    """The text at ``name``, or the texts of a list of them."""
    node = entry.get(name)
    if node is None:
        return []
    texts = []
    for item in node.items if isinstance(node, ListNode) else (node,):
        if not isinstance(item, Scalar) or item.kind is not Kind.TEXT:
            raise ManifestError(
                f"{source.place(item.start)}: '{name}' is text, or a list of texts", hint=_HINT
            )
        texts.append(item.text)
    return texts


def _paths(source: Source, entry: MapNode, name: str) -> list[Path]:
    try:
        return [Path.parse(text) for text in _texts(source, entry, name)]
    except ManifestError as error:
        if error.message.startswith("not a path"):
            raise ManifestError(f"{source.place(entry.start)}: {error.message}", hint=error.hint) from None
        raise
