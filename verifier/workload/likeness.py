"""What looks like the name of an image, in keys, in values, and in text of any format."""

from __future__ import annotations

import re

from verifier.errors import ManifestError
from verifier.limits import GATE_ASSIGNMENTS
from verifier.model.reference_parser import parse_reference

# registry:// is Kubewarden's, oras:// that of ORAS and Apptainer.
_SCHEMES = r"(?:oci|docker|docker-image|oras|registry)(?:\+[a-z]+)?"
_SCHEME = re.compile(rf"\s*{_SCHEMES}://(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
# Without separators and in lower case: imageURL, image_uri, image-ref, sidecarImage, extraImages2.
_KEY = re.compile(
    r"image(?:s|names?|paths?|refs?|references?|ur[li]s?|locations?|sources?|address|fullname|pullspec)?\d*\Z"
)
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
# Words that say whether or when, and never what: "useImage: always".
_SWITCHES = frozenset(
    {"always", "auto", "default", "disabled", "enabled", "false", "ifnotpresent", "never", "no", "none"}
    | {"off", "on", "true", "yes"}
)
_DIGEST = re.compile(r"[^\s@\"']@sha256:[0-9a-f]{64}\b")
_TEMPLATE = re.compile(r"\{\{|\$[{(A-Za-z_]")
_HOST = (
    r"(?:[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+(?::\d{1,5})?|localhost(?::\d{1,5})?|[a-z0-9-]{1,63}:\d{1,5})"
)
_PATH = r"(?:/[a-z0-9][a-z0-9._-]{0,127})+"
# A host, a path and a tag: prose, and addresses of the web, have no tag behind their path.
_WITH_HOST = re.compile(rf"(?<![\w./:@-]){_HOST}{_PATH}:[A-Za-z0-9_][\w.-]{{0,127}}(?![\w/:.-])")
_NAME = r"image(?:name|ref|reference|ur[li])?s?"
_VALUE = r"(?P<quote>[\"']?)(?P<value>[^\s\"',;)\]}]{1,512})"
_REPOSITORY_AT = re.compile(rf"{_HOST}{_PATH}")
# What is called image is set to something, in YAML, JSON, HCL, TOML, INI, Groovy or the shell …
_ASSIGNED = re.compile(
    rf"(?:{_NAME}|\bcontainer)[\"']?[ \t]{{0,40}}(?::=|=>|[:=])[ \t]{{0,40}}[\[(]?[ \t]{{0,8}}{_VALUE}",
    re.IGNORECASE,
)
# … or is an option of a command, or the argument of a call.
_OPTION = re.compile(
    rf"(?:--[\w-]{{0,60}}{_NAME}[= \t]{{1,8}}|\b{_NAME}[ \t]{{0,8}}\(?[ \t]{{0,8}}(?=[\"'])){_VALUE}",
    re.IGNORECASE,
)
_REPOSITORY = re.compile(r"\brepository[\"']?[ \t]{0,8}[:=][ \t]{0,40}[\"']?[\w.-]", re.IGNORECASE)
_VERSION = re.compile(r"\b(?:tag|digest|pullPolicy)[\"']?[ \t]{0,8}[:=]", re.IGNORECASE)
_STARTS = re.compile(
    r"\b(?:docker|podman|nerdctl)[ \t]{1,8}(?:(?:container|service|stack)[ \t]{1,8})?"
    r"(?:run|create|deploy|update)\b"
    r"|\bkubectl[ \t]{1,8}(?:run|set[ \t]{1,8}image|create[ \t]{1,8}(?:deployment|job|cronjob))\b"
    r"|\bhelm[ \t]{1,8}(?:install|upgrade)\b|\bdocker\.image\("
)
_FROM = re.compile(r"^[ \t]{0,40}FROM[ \t]{1,8}[\w$\"'{]", re.MULTILINE)
_ANY_SCHEME = re.compile(rf"(?<![\w+.-]){_SCHEMES}://\w", re.IGNORECASE)
_REPOSITORY_KEY = re.compile(r"image(?:repository|repo|registry)\Z")
_VERSION_KEY = re.compile(r"image(?:tag|digest|version)\Z")


def without_scheme(text: str) -> str | None:
    """What stands behind ``oci://``, ``docker://`` and their like; None where none of them does."""
    match = _SCHEME.match(text)
    return None if match is None else match["rest"]


def is_image_key(key: str) -> bool:
    """Whether a key says that its value is an image: ``image``, ``workerImage``, ``image-url`` …."""
    return _KEY.search(_NOT_LETTERS.sub("", key.lower())) is not None


def is_repository_key(key: str) -> bool:
    """Whether a key says that its value is the repository of an image, or of something else."""
    return _NOT_LETTERS.sub("", key.lower()).endswith(("repository", "imagerepo", "imageregistry"))


def is_image_repository_key(key: str) -> bool:
    """Whether a key says that its value is the repository of an image and of nothing else."""
    return _REPOSITORY_KEY.search(_NOT_LETTERS.sub("", key.lower())) is not None


def is_version_key(key: str) -> bool:
    """Whether a key says that its value is the tag of an image whose repository is beside it."""
    return _VERSION_KEY.search(_NOT_LETTERS.sub("", key.lower())) is not None


def is_in_registry(text: str) -> bool:
    """Whether this has the form of a repository in a registry: a host and a path."""
    return _REPOSITORY_AT.fullmatch(text.strip()) is not None


def is_switch(word: str) -> bool:
    """Whether this says whether or when an image is used, and not which."""
    return word.lower() in _SWITCHES


def is_reference(text: str) -> bool:
    """Whether this is an image's name, and no mere word: it has a tag, a digest or a path.

    So is what a template or a variable completes.
    """
    if not any(mark in text for mark in "/:@"):
        return False
    try:
        parse_reference(text.strip())
    except ManifestError:
        return _TEMPLATE.search(text) is not None
    return True


def is_template(text: str) -> bool:
    """Whether something is still to be put in where ``text`` begins: then it may become anything."""
    return _TEMPLATE.match(text.lstrip()) is not None


def is_by_digest(text: str) -> bool:
    """Whether this is a reference with a digest, which nothing but an image has."""
    return _DIGEST.search(text) is not None and len(text.split()) == 1 and is_reference(text)


def is_with_host(text: str) -> bool:
    """Whether this has the form of a reference with host, path and tag, which other text may have too."""
    return _WITH_HOST.fullmatch(text.strip()) is not None


def is_plain_name(text: str) -> bool:
    """Whether an image can have this word for a name: ``nginx``."""
    if is_switch(text):
        return False
    try:
        parse_reference(text)
    except ManifestError:
        return False
    return True


def assigns_image(text: str, *, bare: bool = False) -> bool:
    """Whether ``text``, in whatever format, sets something called image to what may be the name of one.

    ``bare``: any word may be one. Of very many the first tell: if none of them is an image, one may be.
    """
    for pattern in (_ASSIGNED, _OPTION):
        for number, match in enumerate(pattern.finditer(text)):
            value = match["value"]
            if number >= GATE_ASSIGNMENTS or _may_be_image(value) or (bare and is_plain_name(value)):
                return True
    return False


def _may_be_image(value: str) -> bool:
    return is_reference(value) or is_template(value) or without_scheme(value) is not None


def has_host_and_tag(text: str) -> bool:
    """Whether there is a reference with host, path and tag, or with a digest, somewhere in ``text``."""
    return _WITH_HOST.search(text) is not None or _DIGEST.search(text) is not None


def has_scheme(text: str) -> bool:
    """Whether a URI of an image is anywhere in ``text``."""
    return _ANY_SCHEME.search(text) is not None


def has_parts(text: str) -> bool:
    """Whether ``text``, in whatever format, has a repository and a tag."""
    return _REPOSITORY.search(text) is not None and _VERSION.search(text) is not None


def starts_images(text: str) -> bool:
    """Whether ``text`` has a command that starts containers, or a URI of an image."""
    return _STARTS.search(text) is not None or has_scheme(text)


def holds_image(text: str) -> bool:
    """Whether something like an image is anywhere in the ``text`` of a file, of whatever format."""
    return (
        assigns_image(text, bare=True)
        or has_host_and_tag(text)
        or starts_images(text)
        or _FROM.search(text) is not None
        or has_parts(text)
    )
