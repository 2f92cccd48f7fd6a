"""Read signed payloads: in-toto statements and cosign's classic image signatures.

Two readers that differ on one payload see two statements, and the signature covers both readings, so all
that is ambiguous is refused: duplicate keys, and keys that a lenient decoder (Go's ignores case, Protobuf's
takes two spellings) reads as another member.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from verifier.attestation.schema import SUBJECT_KEYS, Header, parse_header
from verifier.errors import LimitExceeded, StatementError, SubjectError
from verifier.limits import ENVELOPE_VALUES, EVIDENCE_BYTES, JSON_VALUES, STATEMENT_SUBJECTS, SUBJECT_DIGESTS
from verifier.model.digest import Digest
from verifier.model.statement import SimpleSigning, Statement
from verifier.strict_json import Json, JsonLimitError, StrictJsonError, loads_object
from verifier.text import safe

STATEMENT_TYPES: Final = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
SIMPLE_SIGNING_TYPE: Final = "cosign container image signature"

_STATEMENT_KEYS: Final = ("_type", "subject", "predicateType", "predicate")

_HEX = re.compile(r"[0-9a-f]+")
# in-toto attestation framework, spec/v1/digest_set.md: lower-case hexadecimal, so of these lengths.
_GIT: Final = (40, 64)
_DIGEST_LENGTHS: Final[Mapping[str, tuple[int, ...]]] = {
    "sha256": (64,),
    "md5": (32,),
    "sha1": (40,),
    "sha224": (56,),
    "sha384": (96,),
    "sha512": (128,),
    "sha512_224": (56,),
    "sha512_256": (64,),
    "sha3_224": (56,),
    "sha3_256": (64,),
    "sha3_384": (96,),
    "sha3_512": (128,),
    "gitCommit": _GIT,
    "gitTree": _GIT,
    "gitBlob": _GIT,
    "gitTag": _GIT,
}


def parse_statement(payload: bytes, *, values: int = JSON_VALUES) -> Statement:
    """Read an in-toto statement, of at most ``values``, from the very bytes that were signed.

    in-toto attestation framework, spec/v1/statement.md and spec/v0.1/statement.md. Members that the
    specification does not know are ignored, as it demands. ``predicate`` may be absent, and may be a string:
    ``cosign attest --type spdx`` writes it so.
    Raises `StatementError`, `SubjectError` and `LimitExceeded`; nothing else, whatever the payload holds.
    """
    document = _load(payload, "statement", values)
    _refuse_twins(document, _STATEMENT_KEYS, "$")
    kind = document.get("_type")
    if kind not in STATEMENT_TYPES:
        raise StatementError(
            f"the statement's _type is {_shown(kind)}, neither in-toto Statement v1 nor v0.1",
        )
    _check_shape(document.get("subject"))
    header = parse_header(document)
    if not header.predicate_type:
        raise StatementError("the statement has no predicateType")
    predicate = document.get("predicate")
    if not isinstance(predicate, dict | str | None):
        raise StatementError(f"the statement's predicate is a {type(predicate).__name__}, not an object")
    return Statement(
        type=str(kind),
        predicate_type=header.predicate_type,
        subjects=_subjects(header),
        predicate=predicate,
        payload=payload,
        annotations=_annotations(document.get("subject")),
    )


def parse_simple_signing(payload: bytes) -> SimpleSigning:
    """Read the payload of a classic cosign image signature.

    containers/image, docs/containers-signature.5.md, "JSON data format": what is unknown inside
    ``critical`` must be refused. ``docker-reference`` is kept and not compared, since copying an image to
    another repository keeps it. Raises `StatementError`, `SubjectError` and `LimitExceeded`; nothing else.
    """
    document = _load(payload, "signature payload", ENVELOPE_VALUES)
    _only(document, ("critical", "optional"), "$")
    critical = _object(document, "critical", "$.critical")
    _only(critical, ("identity", "image", "type"), "$.critical")
    if critical.get("type") != SIMPLE_SIGNING_TYPE:
        raise StatementError(
            f"the signature payload's type is {_shown(critical.get('type'))}, not {SIMPLE_SIGNING_TYPE!r}"
        )
    image = _object(critical, "image", "$.critical.image")
    _only(image, ("docker-manifest-digest",), "$.critical.image")
    identity = _object(critical, "identity", "$.critical.identity")
    _only(identity, ("docker-reference",), "$.critical.identity")
    reference = identity.get("docker-reference", "")
    if not isinstance(reference, str):
        raise StatementError("$.critical.identity.docker-reference is not a string")
    optional = document.get("optional")
    if optional is not None and not isinstance(optional, dict):
        raise StatementError("$.optional is not an object")
    return SimpleSigning(_manifest_digest(image), reference, optional or {})


def _load(payload: bytes, what: str, values: int) -> dict[str, Json]:
    try:
        return loads_object(payload, limit=EVIDENCE_BYTES, values=values)
    except JsonLimitError as error:
        raise LimitExceeded(f"the {what} is too large: {error}") from None
    except StrictJsonError as error:
        raise StatementError(f"the {what} is malformed: {safe(error)}") from None


def _check_shape(subjects: Json) -> None:
    """Bound the subjects and refuse ambiguous ones; the schema sees to types."""
    if not isinstance(subjects, list) or not subjects:
        raise SubjectError("the statement names no subject")
    if len(subjects) > STATEMENT_SUBJECTS:
        raise LimitExceeded(
            f"the statement has {len(subjects)} subjects; the most that are read are {STATEMENT_SUBJECTS}"
        )
    for number, subject in enumerate(subjects):
        if not isinstance(subject, dict):
            raise SubjectError(f"$.subject[{number}] is not an object")
        _refuse_twins(subject, SUBJECT_KEYS, f"$.subject[{number}]")
        digests = subject.get("digest")
        if isinstance(digests, dict) and len(digests) > SUBJECT_DIGESTS:
            raise LimitExceeded(
                f"$.subject[{number}] has {len(digests)} digests; "
                f"the most that are read are {SUBJECT_DIGESTS}"
            )


def _subjects(header: Header) -> tuple[Digest, ...]:
    """Give the subjects' sha256 digests, at least one.

    A subject with none is about something that no registry addresses, and is passed over. Other digests
    beside sha256 cannot be recomputed here and need not be: subjects match if any accepted digest does
    (digest_set.md, "Guidelines"). But a malformed one shows that the statement is not what it claims.
    """
    found: dict[Digest, None] = {}
    for number, digests in enumerate(header.digests):
        if not digests:
            raise SubjectError(f"$.subject[{number}] has no digest")
        for algorithm, value in digests.items():
            lengths = _DIGEST_LENGTHS.get(algorithm)
            if lengths and not (len(value) in lengths and _HEX.fullmatch(value)):
                raise SubjectError(
                    f"$.subject[{number}].digest.{algorithm} is not "
                    f"{' or '.join(map(str, lengths))} lower-case hexadecimal digits: {_shown(value)}"
                )
        if "sha256" in digests:
            found[Digest(digests["sha256"])] = None
    if not found:
        raise SubjectError("no subject of the statement has a sha256 digest")
    return tuple(found)


def _annotations(subjects: Json) -> Mapping[str, Json]:
    """Give what ``cosign sign -a`` puts on the one subject; with several it is unclear whose they are."""
    if not isinstance(subjects, list) or len(subjects) != 1 or not isinstance(subjects[0], dict):
        return {}
    annotations = subjects[0].get("annotations")
    return annotations if isinstance(annotations, dict) else {}


def _manifest_digest(image: Mapping[str, Json]) -> Digest:
    value = image.get("docker-manifest-digest")
    algorithm, _, digits = value.partition(":") if isinstance(value, str) else ("", "", "")
    if algorithm != "sha256" or len(digits) != 64 or not _HEX.fullmatch(digits):
        raise SubjectError(f"$.critical.image.docker-manifest-digest is not a sha256 digest: {_shown(value)}")
    return Digest(digits)


def _object(node: Mapping[str, Json], key: str, at: str) -> dict[str, Json]:
    value = node.get(key)
    if not isinstance(value, dict):
        raise StatementError(f"{at} is not an object")
    return value


def _only(node: Iterable[str], known: tuple[str, ...], at: str) -> None:
    for key in node:
        if key not in known:
            raise StatementError(f"{at} has the unknown member {_shown(key)}")


def _refuse_twins(node: Iterable[str], known: tuple[str, ...], at: str) -> None:
    """Refuse members that a lenient decoder takes for one of ``known``."""
    folded = {_fold(key) for key in known}
    for key in node:
        if key not in known and _fold(key) in folded:
            raise StatementError(f"{at} has the member {_shown(key)}, which can be taken for another")


def _fold(key: str) -> str:
    return key.replace("_", "").casefold()


def _shown(value: Json) -> str:
    return repr(safe(value, limit=100)) if isinstance(value, str) else safe(type(value).__name__)
