"""Licence expressions against other readings of them: brute force, and the usual library."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import (
    AND,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
    get_license_index,
    get_spdx_licensing,
)

from verifier.limits import LICENSE_LENGTH
from verifier.policy.license_list import license_list
from verifier.policy.license_terms import LicenseTerms
from verifier.policy.licenses import (
    AllOf,
    AnyOf,
    Expression,
    License,
    LicenseError,
    in_the_way,
    parse,
    parse_license,
)

ATOMS = ("MIT", "ISC", "Zlib", "0BSD", "X11", "Vim")
PIECES = ("(", ")", "AND", "OR", "WITH", "and", "+", "MIT", "GPL-2.0", "LicenseRef-a", "-", "é", "\n", " ")

nested = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=4)),
    max_leaves=12,
)


def written(node: Any) -> str:
    """An expression with all its parentheses."""
    if isinstance(node, str):
        return node
    operator, operands = node
    return "(" + f" {operator} ".join(map(written, operands)) + ")"


def truth(node: Any, accepted: set[str]) -> bool:
    """What the expression comes to, by Python's own operators."""
    if isinstance(node, str):
        return node in accepted
    operator, operands = node
    values = [truth(operand, accepted) for operand in operands]
    return all(values) if operator == "AND" else any(values)


def acceptable(expression: Expression, accepted: set[str]) -> bool:
    return not in_the_way(expression, lambda license_: license_.name in accepted)


@given(nested)
def test_every_choice_of_licences_comes_out_as_brute_force_says(node: Any) -> None:
    expression = parse(written(node))
    for size in range(len(ATOMS) + 1):
        for chosen in itertools.combinations(ATOMS, size):
            assert acceptable(expression, set(chosen)) == truth(node, set(chosen))


@pytest.mark.parametrize("operators", list(itertools.product(["AND", "OR"], repeat=5)))
def test_precedence_over_six_licences(operators: tuple[str, ...]) -> None:
    text = ATOMS[0] + "".join(
        f" {operator} {atom}" for operator, atom in zip(operators, ATOMS[1:], strict=True)
    )
    for chosen in itertools.chain.from_iterable(
        itertools.combinations(ATOMS, size) for size in range(len(ATOMS) + 1)
    ):
        # Python's operators have SPDX's precedence.
        python = " ".join({"AND": "and", "OR": "or"}.get(word, str(word in chosen)) for word in text.split())
        assert acceptable(parse(text), set(chosen)) is bool(eval(python))


@given(nested, st.sets(st.sampled_from(ATOMS)), st.sampled_from(ATOMS))
def test_one_more_licence_in_an_and_never_makes_it_better(node: Any, accepted: set[str], more: str) -> None:
    text = written(node)
    for longer in (f"{text} AND {more}", f"{more} AND {text}"):
        assert not (acceptable(parse(longer), accepted) and not acceptable(parse(text), accepted))


@given(nested, st.sets(st.sampled_from(ATOMS)), st.sampled_from(ATOMS))
def test_accepting_less_never_makes_it_better(node: Any, accepted: set[str], less: str) -> None:
    expression = parse(written(node))
    assert acceptable(expression, accepted) or not acceptable(expression, accepted - {less})


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_nothing_but_an_expression_or_its_error(text: str) -> None:
    with contextlib.suppress(LicenseError):
        parse(text)


@given(st.lists(st.sampled_from(["(", ")", "AND", "OR", "MIT", " "]), min_size=1, max_size=10), st.data())
def test_long_texts_end_in_an_expression_or_its_error(pieces: list[str], data: st.DataObject) -> None:
    text = " ".join(pieces) + " "
    repeated = text * data.draw(st.integers(1, LICENSE_LENGTH // len(text) + 1))
    with contextlib.suppress(LicenseError):
        in_the_way(parse(repeated), lambda _: False)


def same(tree: Any, expression: Expression) -> bool:
    """Whether the library's tree and ours are one."""
    if isinstance(tree, LicenseWithExceptionSymbol):
        return str(expression) == f"{tree.license_symbol.key} WITH {tree.exception_symbol.key}"
    if isinstance(tree, LicenseSymbol):
        return bool(str(expression) == tree.key)
    kind = AllOf if isinstance(tree, AND) else AnyOf
    if not isinstance(expression, kind) or len(tree.args) != len(expression.operands):
        return False
    return all(map(same, tree.args, expression.operands))


@given(nested)
def test_the_usual_library_reads_wellformed_expressions_in_the_same_way(node: Any) -> None:
    text = written(node)
    assert same(Licensing().parse(text, simple=True), parse(text))  # type: ignore[no-untyped-call]


def test_no_name_of_a_document_is_taken_for_a_licence_of_the_list() -> None:
    names = {
        name
        for entry in get_license_index()  # type: ignore[no-untyped-call]
        for name in (entry.get("spdx_license_key"), *entry.get("other_spdx_license_keys", []))
        if name and name.startswith("LicenseRef-")
    }
    assert len(names) > 1000
    terms = LicenseTerms.read(sorted(license_list().licenses.values()))
    for name in names:
        license_ = parse_license(name)
        assert license_ == License(name, "", listed=False)
        assert not terms.allow(license_, {})
    # That it is worth testing: the library's own table does just that.
    assert str(get_spdx_licensing().parse("LicenseRef-MIT-Bootstrap")) == "MIT"  # type: ignore[no-untyped-call]


def test_the_list_has_what_the_library_has() -> None:
    known = license_list()
    ours = {*known.licenses.values(), *known.exceptions.values()}
    theirs = {
        entry["spdx_license_key"]
        for entry in get_license_index()  # type: ignore[no-untyped-call]
        if entry.get("spdx_license_key") and not entry["spdx_license_key"].startswith("LicenseRef-")
    }
    assert theirs <= ours
    for name, exception in known.replacements.values():
        assert name in ours
        assert not exception or exception in ours
