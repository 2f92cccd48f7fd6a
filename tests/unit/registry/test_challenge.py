"""What a registry asks for in ``WWW-Authenticate``. RFC 9110, section 11.6.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.registry.challenge import Challenge, parse_challenges

REALM = "https://auth.example/token"
SCOPE = "repository:org/app:pull"

HEADERS: dict[str, tuple[Challenge, ...]] = {
    # As registries send them.
    f'Bearer realm="{REALM}",service="example",scope="{SCOPE}"': (
        Challenge("bearer", {"realm": REALM, "service": "example", "scope": SCOPE}),
    ),
    'Basic realm="Registry"': (Challenge("basic", {"realm": "Registry"}),),
    f'Bearer realm="{REALM}",service="example",scope="{SCOPE}",error="insufficient_scope"': (
        Challenge(
            "bearer", {"realm": REALM, "service": "example", "scope": SCOPE, "error": "insufficient_scope"}
        ),
    ),
    # As the grammar has it.
    "bEARER REALM=x": (Challenge("bearer", {"realm": "x"}),),
    "Bearer realm = x ,  service\t=\ty": (Challenge("bearer", {"realm": "x", "service": "y"}),),
    ",, Basic ,": (Challenge("basic", {}),),
    'Bearer realm=""': (Challenge("bearer", {"realm": ""}),),
    'Bearer realm="a\\"b\\\\c"': (Challenge("bearer", {"realm": 'a"b\\c'}),),
    'Bearer scope="repository:a:pull,push repository:b:pull"': (
        Challenge("bearer", {"scope": "repository:a:pull,push repository:b:pull"}),
    ),
    # Two answers are no reason to choose the second.
    'Bearer realm="one",realm="two"': (Challenge("bearer", {"realm": "one"}),),
    # Several schemes, in one header or in several that were joined.
    'Negotiate, Basic realm="x", Bearer realm=y, service=z': (
        Challenge("negotiate", {}),
        Challenge("basic", {"realm": "x"}),
        Challenge("bearer", {"realm": "y", "service": "z"}),
    ),
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_challenge_is_read(header: str) -> None:
    assert parse_challenges(header) == HEADERS[header]


@pytest.mark.parametrize("text", ['realm="a, Basic realm=b"', 'realm="Bearer realm=x"'])
def test_what_is_quoted_is_no_challenge(text: str) -> None:
    (only,) = parse_challenges(f"Digest {text}")
    assert only == Challenge("digest", {"realm": text.partition('"')[2].rstrip('"')})


names = st.from_regex(r"[a-z]{1,12}", fullmatch=True)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)


@given(st.lists(st.tuples(names, st.dictionaries(names, values, max_size=4)), max_size=4))
def test_what_is_written_as_the_grammar_has_it_is_read_back(
    written: list[tuple[str, dict[str, str]]],
) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    header = ", ".join(
        f"{scheme} " + ", ".join(f"{name}={quoted(value)}" for name, value in parameters.items())
        for scheme, parameters in written
    )
    assert parse_challenges(header) == tuple(Challenge(scheme, found) for scheme, found in written)


@pytest.mark.parametrize(
    "unit", ["a", "a ", "a,", 'a="', "a=\\", '"', "a = ", "=", ", ", 'a="\\', 'a=b,"', "\t", "é"]
)
def test_a_long_header_is_read_as_well_as_a_short_one(unit: str) -> None:
    """Quadratic reading of a header of the largest size that is let in would not end in this test."""
    parse_challenges(unit * (100_000 // len(unit)))
