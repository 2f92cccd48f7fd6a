"""What a registry says when it does not answer what was asked, and what the user can do."""

from __future__ import annotations

from collections.abc import Collection

from verifier.limits import ERROR_BODY_BYTES
from verifier.registry.http import Response
from verifier.strict_json import StrictJsonError, loads_object
from verifier.text import safe


def advice(status: int) -> str | None:
    """What helps where a registry answers with ``status``."""
    if status == 429:
        return "registries limit how much they are asked: try again later, or log in with 'docker login'"
    return "the registry is in trouble: try again later" if status >= 500 else None


def error_text(response: Response, secrets: Collection[str]) -> str:
    """The registry's own words, unless they repeat what it was shown: reports are read by others.

    OCI distribution specification 1.1, "Error Codes".
    """
    try:
        document = loads_object(response.body, limit=ERROR_BODY_BYTES)
    except StrictJsonError:
        return ""
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return ""
    words = [item for name in ("code", "message") if isinstance(item := first.get(name), str)]
    text = " ".join(words)
    return f": {safe(text, limit=200)}" if words and not any(s and s in text for s in secrets) else ""
