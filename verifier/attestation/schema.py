"""The in-toto attestation schema, through the reference library `in-toto-attestation`.

The library's own `Statement` class accepts v1 alone and demands a predicate, which neither the v1
specification nor cosign's image signatures have. So this takes its Protobuf schema and its
`ResourceDescriptor` rules, which v0.1 subjects satisfy as well, and leaves out the predicate: an SBOM of some
megabytes would be copied into Protobuf values that nobody reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from verifier.errors import StatementError
from verifier.strict_json import Json
from verifier.text import safe


class Header(NamedTuple):
    """A statement without its predicate: the predicate's type, and each subject's digests."""

    predicate_type: str
    digests: tuple[Mapping[str, str], ...]


def parse_header(document: Mapping[str, Json]) -> Header:
    """Check ``document`` against the schema, or raise `StatementError`."""
    from google.protobuf import json_format
    from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
    from in_toto_attestation.v1.statement_pb2 import Statement  # type: ignore[attr-defined] # generated

    header = {key: document.get(key) for key in ("_type", "subject", "predicateType")}
    try:
        # spec/v1/README.md, "Parsing rules": unrecognized fields are ignored.
        message = json_format.ParseDict(  # type: ignore[no-untyped-call]
            header, Statement(), ignore_unknown_fields=True
        )
        for subject in message.subject:
            ResourceDescriptor.copy_from_pb(subject).validate()
    # ValueError comes from validate(), and from text that is not Unicode; the others from members of a
    # type that the JSON mapping does not foresee.
    except (json_format.ParseError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise StatementError(f"the statement does not follow the in-toto schema: {safe(error)}") from None
    return Header(message.predicate_type, tuple(dict(subject.digest) for subject in message.subject))
