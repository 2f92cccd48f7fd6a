"""Whether a text is a Dockerfile, where the name of its file does not say so."""

from __future__ import annotations

from collections.abc import Sequence

from verifier.errors import ManifestError
from verifier.workload.dockerfile_lines import Word, instructions, syntax_directive
from verifier.workload.names import Claim
from verifier.workload.source import Source

# https://docs.docker.com/reference/dockerfile/#overview
_INSTRUCTIONS = (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER "
    "RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
)


def builds(source: Source) -> bool:
    """Whether BuildKit would build from this text: a FROM of the right form stands first, but for ARG."""
    try:
        first = next((each for each in instructions(source) if each.name != "ARG"), None)
    except ManifestError:
        return True  # who reads it will say what is wrong
    return first is not None and first.name == "FROM" and is_from(first.operands)


def is_meant(source: Source, claim: Claim) -> bool:
    """Whether a file whose name makes this ``claim`` is meant as a Dockerfile."""
    try:
        if claim is Claim.SURE or syntax_directive(source) is not None:
            return True
        if claim is Claim.OTHER:
            return builds(source)
        names = [each.name for each in instructions(source)]
    except ManifestError:
        return True
    # Without FROM it cannot be built, and one that was forgotten is worth a word.
    forgotten = claim is Claim.LIKELY and not {*names[:1]}.isdisjoint(_INSTRUCTIONS.split())
    return forgotten or "FROM" in names


def is_from(words: Sequence[Word]) -> bool:
    """Whether these words, behind FROM and its flags, are ``IMAGE [AS NAME]``."""
    return len(words) == 1 or (len(words) == 3 and words[1].text.upper() == "AS")
