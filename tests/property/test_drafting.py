"""Whatever a text holds, it is one value or one comment of a drafted policy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from verifier.policy.drafting.text import comment, literal, name_of, quoted
from verifier.policy.patterns import compiled
from verifier.policy.yaml_loader import load

# A lone surrogate is no text: it comes from no certificate and no JSON document that is read.
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts)
def test_a_quoted_text_is_read_as_itself(text: str) -> None:
    document = load(f"a: {quoted(text)}\nb: [{quoted(text)}]\n".encode(), source="draft")
    assert document.data == {"a": text, "b": [text]}
    assert quoted(text).isascii()


@given(st.text(), st.sampled_from(["", "  ", "      "]))
def test_a_comment_says_nothing(text: str, indent: str) -> None:
    lines = "\n".join(comment(text, indent))
    document = load(f"a: x\n{lines}\nb: y\n".encode(), source="draft")
    assert document.data == {"a": "x", "b": "y"}
    assert lines.isascii()


@given(st.text(), st.sets(st.sampled_from(["a", "signer", "signer-2", "true", "x"])))
def test_a_name_is_text_and_new(text: str, taken: set[str]) -> None:
    name = name_of(text, taken, otherwise="signer")
    assert name not in taken
    assert len(name) <= 63
    assert load(f"{name}: {name}\n".encode(), source="draft").data == {name: name}


@given(texts, texts)
def test_a_literal_matches_itself_alone(text: str, other: str) -> None:
    expression = compiled(literal(text))
    assert expression.fullmatch(text) is not None
    assert (expression.fullmatch(other) is not None) == (text == other)
