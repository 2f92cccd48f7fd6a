"""Whatever a text holds, it is one value or one comment of a drafted policy."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy.drafts import draft
from tests.unit.policy.factory import AMD64, INDEX, SLSA, attestation, image, signature
from verifier.errors import StatementError
from verifier.model.verified import CertificateSigner
from verifier.policy.drafting.text import comment, literal, name_of, quoted
from verifier.policy.signers import CLAIMS
from verifier.policy.text_patterns import compiled
from verifier.policy.yaml_loader import load
from verifier.strict_json import Json

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


words = st.one_of(
    texts,
    st.text('https://git+x.example/@#?:*$ {}%A\\\n"', max_size=40),
    st.sampled_from(
        ["https://x.example/a@refs/tags/v1.2.3", "git+https://x.example/a.git#main:d", "https://x/*", "a@b"]
    ),
)


@given(words, words, st.dictionaries(st.sampled_from(sorted(CLAIMS.values())), words))
def test_any_signer_makes_a_draft_or_a_refusal(issuer: str, subject: str, claims: dict[str, str]) -> None:
    signer = CertificateSigner(issuer, subject, "uri", claims)
    with contextlib.suppress(StatementError):
        draft(image(signature(INDEX, signer=signer)))


@given(words, words, words, words)
def test_any_provenance_makes_a_draft(builder: str, kind: str, repository: str, ref: str) -> None:
    predicate: Json = {
        "buildDefinition": {
            "buildType": kind,
            "externalParameters": {"workflow": {"repository": repository, "ref": ref, "path": ref}},
        },
        "runDetails": {"builder": {"id": builder}},
    }
    statement = attestation(SLSA, AMD64)
    assert statement.statement is not None
    content = replace(statement.statement, predicate=predicate)
    text = draft(image(replace(statement, content=content)))
    assert ("type: slsa-provenance" in text) or ("- provenance:" in text)


@given(words, words, words)
def test_anything_else_makes_a_draft(kind: str, name: str, user: str) -> None:
    evidence = image(signature(INDEX), attestation(kind, AMD64), name=name)
    platforms = tuple(replace(p, config={"config": {"User": user}}) for p in evidence.platforms)
    draft(replace(evidence, platforms=platforms), name=name, claimed=True, left_out=[kind])
