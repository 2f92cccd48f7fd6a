"""Checkpoints: signed notes about the state of a log.

https://github.com/C2SP/C2SP/blob/main/signed-note.md and tlog-checkpoint.md
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from tests.sigstore_instance.keys import Key, KeyKind

_ED25519 = b"\x01"  # signature type of signed-note.md
_WITNESS = Key("an unknown witness", KeyKind.ED25519)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointShape:
    """How a checkpoint is made; every default is right."""

    key: Key | None = None  # a key that is not the log's
    hint: bytes | None = None  # the four bytes before the signature
    name: str | None = None  # the name on the signature line
    origin: str | None = None
    size: int | str | None = None
    root: bytes | None = None
    other_lines: tuple[str, ...] = ()  # after the root
    witnesses_first: int = 0
    witnesses_last: int = 0
    signed: bool = True
    final_newline: bool = True


def key_id(name: str, key: Key) -> bytes:
    """The id of a note's key, whose first four bytes stand before the signature.

    Ed25519 is bound to the name; for ECDSA it is the hash of the public key, which is also Rekor's log id.
    """
    if key.kind is KeyKind.ED25519:
        return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key.spki[-32:]).digest()
    return key.id


def checkpoint(name: str, origin: str, key: Key, size: int, root: bytes, shape: CheckpointShape) -> str:
    """The signed note that a log at ``size`` leaves has ``root``."""
    body = [
        origin if shape.origin is None else shape.origin,
        str(size if shape.size is None else shape.size),
        base64.b64encode(shape.root or root).decode(),
        *shape.other_lines,
    ]
    note = "".join(f"{line}\n" for line in body)
    signer = shape.key or key
    lines = [_witness(note, number) for number in range(shape.witnesses_first)]
    if shape.signed:
        hint = shape.hint or key_id(name, key)[:4]
        lines.append(_line(shape.name or name, hint, signer.sign(note.encode())))
    lines += [_witness(note, number + 10) for number in range(shape.witnesses_last)]
    text = f"{note}\n{''.join(lines)}"
    return text if shape.final_newline else text.removesuffix("\n")


def _witness(note: str, number: int) -> str:
    name = f"witness{number}.test"
    return _line(name, key_id(name, _WITNESS)[:4], _WITNESS.sign(note.encode()))


def _line(name: str, hint: bytes, signature: bytes) -> str:
    return f"\u2014 {name} {base64.b64encode(hint + signature).decode()}\n"
