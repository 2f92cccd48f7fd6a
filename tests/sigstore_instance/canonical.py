"""JSON as it is signed and hashed."""

from __future__ import annotations

import base64
import json


def canonical(document: object) -> bytes:
    """RFC 8785 canonical JSON, for documents without fractions and with ASCII member names."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def compact(document: object) -> bytes:
    """JSON in the order given, without white space."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def b64(content: bytes | str) -> str:
    """Standard base64, with padding."""
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()
