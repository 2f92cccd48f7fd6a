"""What the API server asks: AdmissionReview, admission.k8s.io/v1.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from verifier.errors import ManifestError
from verifier.limits import REVIEW_BYTES, REVIEW_TEXT_LENGTH, REVIEW_VALUES
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import safe

API_VERSION: Final = "admission.k8s.io/v1"
KIND: Final = "AdmissionReview"
_HINT: Final = f"standard input takes one {KIND} of {API_VERSION}, as the API server sends it"

Object = Mapping[str, Json]


class MalformedReviewError(ManifestError):
    """The document is no review that can be answered. ``uid`` is that of its request, where it has one."""

    code = "ManifestError"

    def __init__(self, message: str, *, uid: str = "") -> None:
        super().__init__(message, hint=_HINT)
        self.uid = uid


@dataclass(frozen=True, slots=True)
class User:
    """Who asked the API server; its word, not the user's."""

    name: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``kind`` and ``api_version`` are those that the object was converted to.

    ``name`` and ``namespace`` are the API server's word, ``""`` where there is none; a name is not known
    yet where the server is to make one up. ``old`` is the object as it is stored, for updates.
    """

    uid: str
    operation: str
    api_version: str
    kind: str
    subresource: str
    namespace: str
    name: str
    user: User
    dry_run: bool
    object: Object | None
    old: Object | None

    @property
    def about(self) -> str:
        """The object, for people: ``Deployment default/web``."""
        place = f"{self.namespace}/{self.name or '(to be named)'}" if self.namespace else self.name
        return f"{self.kind} {place}".strip()


def read_review(raw: bytes) -> Request:
    """Read a review, or raise `MalformedReviewError`."""
    try:
        document = loads_object(raw, limit=REVIEW_BYTES, values=REVIEW_VALUES)
    except StrictJsonError as error:
        raise MalformedReviewError(f"not the JSON of an {KIND}: {safe(error)}") from None
    request = document.get("request")
    if not isinstance(request, dict):
        raise MalformedReviewError("there is no request in it")
    uid = request.get("uid")
    if not isinstance(uid, str) or not uid or len(uid) > REVIEW_TEXT_LENGTH or safe(uid) != uid:
        raise MalformedReviewError("its request has no uid")
    try:
        _require_version(document)
        return _request(request, uid)
    except MalformedReviewError as error:
        raise MalformedReviewError(error.message, uid=uid) from None


def _require_version(document: Object) -> None:
    version, kind = document.get("apiVersion"), document.get("kind")
    if version != API_VERSION or kind != KIND:
        raise MalformedReviewError(
            f"it is {safe(kind, limit=60)} of {safe(version, limit=60)}, not {KIND} of {API_VERSION}"
        )


def _request(request: Object, uid: str) -> Request:
    kind = _object(request, "kind") or {}
    group, version = _text(kind, "group"), _text(kind, "version")
    user = _object(request, "userInfo") or {}
    dry_run = request.get("dryRun") or False
    if not isinstance(dry_run, bool):
        raise MalformedReviewError("request.dryRun is no boolean")
    asked = Request(
        uid=uid,
        operation=_text(request, "operation"),
        api_version=f"{group}/{version}" if group else version,
        kind=_text(kind, "kind"),
        subresource=_text(request, "subResource"),
        namespace=_text(request, "namespace"),
        name=_text(request, "name"),
        user=User(_text(user, "username"), frozenset(_texts(user, "groups"))),
        dry_run=dry_run,
        object=_object(request, "object"),
        old=_object(request, "oldObject"),
    )
    for name, given in (("object", asked.object), ("oldObject", asked.old)):
        _require_kind(asked, given, name)
    return asked


def _require_kind(asked: Request, given: Object | None, name: str) -> None:
    """What the request says and what the object says must agree: one of the two decides what is looked at."""
    if given is None:
        return
    stated = (given.get("apiVersion"), given.get("kind"))
    if stated != (asked.api_version, asked.kind):
        raise MalformedReviewError(
            f"request.kind is {safe(asked.kind, limit=60)} of {safe(asked.api_version, limit=60)}, but"
            f" request.{name} is {safe(stated[1], limit=60)} of {safe(stated[0], limit=60)}"
        )


def _text(parent: Object, name: str) -> str:
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > REVIEW_TEXT_LENGTH:
        raise MalformedReviewError(f"{name} is no text of at most {REVIEW_TEXT_LENGTH} characters")
    return value


def _texts(parent: Object, name: str) -> list[str]:
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedReviewError(f"{name} is no list")
    return [item for item in value if isinstance(item, str)]


def _object(parent: Object, name: str) -> Object | None:
    value = parent.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise MalformedReviewError(f"{name} is no object")
    return value
