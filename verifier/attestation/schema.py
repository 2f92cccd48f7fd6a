"""The in-toto attestation schema, through the reference library `in-toto-attestation`.

The library's own `Statement` class accepts v1 alone and demands a predicate, which neither the v1
specification nor cosign's image signatures have. So this takes its Protobuf schema and its
`ResourceDescriptor` rules, which v0.1 subjects satisfy as well, and leaves out the predicate: an SBOM of some
megabytes would be copied into Protobuf values that nobody reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from verifier.errors import StatementError
from verifier.strict_json import Json
from verifier.text import safe

SUBJECT_KEYS: Final = ("name", "uri", "digest", "content", "downloadLocation", "mediaType", "annotations")
"""The members of a resource descriptor; spec/v1/resource_descriptor.md."""


class Header(NamedTuple):
    """A statement without its predicate: the predicate's type, and each subject's digests."""

    predicate_type: str
    digests: tuple[Mapping[str, str], ...]


def parse_header(document: Mapping[str, Json]) -> Header:
    """Check ``document`` against the schema, or raise `StatementError`."""
    from google.protobuf import json_format
    from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
    from in_toto_attestation.v1.statement_pb2 import Statement  # type: ignore[attr-defined] # generated

    header = {
        "_type": document.get("_type"),
        "subject": _known_members(document.get("subject")),
        "predicateType": document.get("predicateType"),
    }
    try:
        message = json_format.ParseDict(header, Statement())  # type: ignore[no-untyped-call]
        for subject in message.subject:
            ResourceDescriptor.copy_from_pb(subject).validate()
    # ValueError comes from validate(), and from text that is not Unicode; the others from members of a
    # type that the JSON mapping does not foresee, and SystemError from Protobuf's C code.
    except (json_format.ParseError, ValueError, TypeError, LookupError, AttributeError, SystemError) as error:
        raise StatementError(f"the statement does not follow the in-toto schema: {safe(error)}") from None
    return Header(message.predicate_type, tuple(dict(subject.digest) for subject in message.subject))


def _known_members(subjects: Json) -> Json:
    """Leave out what the specification says to ignore (spec/v1/README.md, "Parsing rules").

    Protobuf can do that too, but not where a name is not Unicode.
    """
    if not isinstance(subjects, list):
        return subjects
    return [
        {key: subject[key] for key in SUBJECT_KEYS if key in subject}
        if isinstance(subject, dict)
        else subject
        for subject in subjects
    ]
