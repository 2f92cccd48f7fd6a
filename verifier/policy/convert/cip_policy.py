"""The policies in CUE that a ClusterImagePolicy puts upon an attestation."""

from __future__ import annotations

import hashlib
import json

from verifier.policy.convert import cue
from verifier.policy.convert.draft import Resolver
from verifier.policy.convert.fields import require_known, text
from verifier.policy.convert.issues import Notes, UnsayableError
from verifier.policy.convert.nodes import Node

_POLICY = ("type", "data", "remote", "configMapRef")


def read_policy(node: Node, uri: str, notes: Notes, resolver: Resolver, *, short: bool) -> str | None:
    """The JSON Schema, as text, that the predicate of an attestation of type ``uri`` must fit.

    ``""`` where the policy asks nothing more than the type; None where nothing can satisfy it. ``short``
    tells that the type was given by a short name. Raises `UnsayableError`.
    """
    require_known(node, _POLICY)
    language = text(node.get("type"))
    if language != "cue":
        raise UnsayableError(node, f"a policy in {language or 'no language'} has no equal; write it as rules")
    source, place = _source(node, resolver)
    try:
        asked = cue.read(source)
    except cue.NotReadError as error:
        message = f"a policy in CUE has no equal, but for constants and =~ in structs; it has {error}"
        raise UnsayableError(place, message) from None
    if asked.predicate_type not in {None, uri}:
        notes.trap(
            place, f"it wants the predicateType {asked.predicate_type}, and gets {uri}: it never passes"
        )
        return None
    if asked.schema is None:
        return ""
    if short:
        message = (
            "it looks into a predicate that policy-controller reads by a short name, which drops and adds"
            " fields; give the type as a URI, or write it as rules"
        )
        raise UnsayableError(place, message)
    if asked.has_constants:
        notes.trap(
            place,
            "in CUE a constant need not be there: a predicate without that field passes, as here; to want it,"
            " add 'required' to the schema",
        )
    return json.dumps(asked.schema, sort_keys=True)


def _source(node: Node, resolver: Resolver) -> tuple[str, Node]:
    given = [one for key in ("data", "remote", "configMapRef") if (one := node.get(key)) is not None]
    if len(given) != 1:
        raise UnsayableError(node, "it has not exactly one of data, remote and configMapRef")
    (place,) = given
    if place.path[-1] == "data":
        return text(place), place
    if place.path[-1] == "remote":
        require_known(place, ("url", "sha256sum"))
        raw = resolver.find([text(place.get("url"))], place, "a policy")
        if hashlib.sha256(raw).hexdigest() != text(place.get("sha256sum")):
            raise UnsayableError(place, "what was given for it has another SHA-256 than sha256sum says")
    else:
        require_known(place, ("name", "namespace", "key"))
        parts = [text(place.get(key)) for key in ("namespace", "name", "key")]
        name = "/".join(part for part in parts if part)
        raw = resolver.find([name, "/".join(parts[1:])], place, "a policy")
    try:
        return raw.decode("utf-8"), place
    except UnicodeDecodeError:
        raise UnsayableError(place, "what was given for it is not UTF-8") from None
