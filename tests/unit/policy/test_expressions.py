"""Trees and automata of expressions say what RE2 says."""

from __future__ import annotations

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from verifier.limits import EXPRESSION_DEPTH
from verifier.policy.anchors import loose_ends
from verifier.policy.automata import Automaton, common, of_pattern, of_template, of_text
from verifier.policy.expression_tree import Chars, TooComplexError, has_bare_dot
from verifier.policy.expressions import parsed

ALPHABET = "abAB01-._/@:\n "
LITERALS = st.sampled_from([*"abAB01-/@: ", r"\.", r"\-", r"\x61", r"\x{2e}", r"\141", r"\n", r"\Qa.b\E"])
CLASSES = st.sampled_from(
    [
        *(r"\d", r"\W", r"\s", r"[ab]", r"[^/]", r"[a-b-]", r"[]a]", r"[^]a]", r"[\d.]", r"[^\w]", r"\pL"),
        *("[[:alpha:]]", "[[:^digit:]_]", "[a-]", r"[\]\-]", "[+--]", "(?i)a", "(?s).*", "(?s:.)*"),
        *(".+", ".*", ".{0,2}", "{,2}", "a{,2}", "{"),
    ]
)
FRAMES = st.sampled_from(
    [
        *("(X)", "(?:X)", "(?P<x>X)", "(?i:X)", "X|Y", "(?:X)?", "(?:X)*", "(?:X)+?"),
        *("(?:X){2}", "(?:X){1,2}", "(?:X){2,}", "^X$"),
    ]
)


def framed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    made = st.tuples(FRAMES, inner, inner).map(
        lambda parts: parts[0].replace("Y", "\0").replace("X", parts[1]).replace("\0", parts[2])
    )
    return st.one_of(made, st.lists(inner, max_size=3).map("".join))


EXPRESSIONS = st.recursive(st.one_of(LITERALS, CLASSES), framed, max_leaves=8)


def takes(automaton: Automaton, text: str) -> bool:
    """Whether ``text`` leads to a final state: the plain reading of an automaton."""
    states = {0}
    for one in text:
        states = {
            step.target
            for state in states
            for step in automaton.steps[state]
            if one.isascii() and step.mask >> ord(one) & 1
        }
    return not states.isdisjoint(automaton.final)


@given(EXPRESSIONS, st.lists(st.text(alphabet=ALPHABET, max_size=6), max_size=20))
@settings(deadline=None, max_examples=400)
@example(r"[+--]{2,}", ["-,", "+-"])
@example(r"a{,2}", ["a{,2}", "a", "aa"])
@example(r"(?i)[^a]b", ["AB", "cB", "Ab"])
def test_an_automaton_takes_what_re2_takes(pattern: str, texts: list[str]) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        expression = re2.compile(pattern, options)  # type: ignore[no-untyped-call]
    except re2.error:
        return
    automaton = of_pattern(pattern)
    # Anchors inside a text, and the letters beyond ASCII, are taken for anything.
    wider = any(mark in pattern for mark in ("^", "$", r"\pL"))
    for text in texts:
        real = expression.fullmatch(text) is not None
        assert takes(automaton, text) if real else wider or not takes(automaton, text)
    found = common(automaton, of_template("[ -~\n]*"))
    assert wider or found is None or expression.fullmatch(found) is not None


def test_what_two_have_in_common_is_told_by_words_that_are_preferred() -> None:
    template = of_template(r"https://x/(?P<d1>[a-z-]*(?P<n>anybody)[a-z-]*|[a-z]+)/(?P<r>(?P<n>app)|[a-z]+)")
    assert common(of_pattern("https://x/.*"), template, chosen=1) == "https://x/anybody/app"
    assert common(of_pattern("https://x/own-[^/]+/.+"), template, chosen=1) == "https://x/own-anybody/app"
    assert common(of_pattern("https://x/[a-z]{2}/z"), template, chosen=1) == "https://x/aa/z"


@pytest.mark.parametrize("own", ["own", "[Oo]wn", "(?:own|other)", "(?i:own)", "ow[n]", r"own(?:er)?"])
def test_a_name_that_is_written_out_is_not_chosen_by_others(own: str) -> None:
    template = of_template("(?P<d1>[A-Za-z]+)/[a-z]+")
    assert common(of_pattern(f"{own}/[a-z]+"), template, chosen=1) is None
    assert common(of_pattern(f"{own}/[a-z]+"), template) is not None
    assert common(of_pattern(f"{own}[a-z]/[a-z]+"), template, chosen=1) is not None
    assert common(of_text("own/a"), template, chosen=1) is None


def test_several_places_can_be_asked_for() -> None:
    template = of_template("(?P<d1>[a-z]+)/(?P<d2>[a-z]+)")
    assert common(of_pattern("[a-z]+/[a-z]+"), template, chosen=3) == "a/a"
    assert common(of_pattern("own/[a-z]+"), template, chosen=3) is None
    assert common(of_pattern("own/[a-z]+"), template, chosen=2) == "own/a"


@pytest.mark.parametrize(
    "text", ["(" * (EXPRESSION_DEPTH + 1) + "a" + ")" * (EXPRESSION_DEPTH + 1), "(?:[a-z]{1,100}){1,100}"]
)
def test_what_is_too_large_is_not_looked_into(text: str) -> None:
    with pytest.raises(TooComplexError):
        of_pattern(text)


def test_what_is_just_small_enough_is_looked_into() -> None:
    nested = "(" * EXPRESSION_DEPTH + "a" + ")" * EXPRESSION_DEPTH
    assert parsed(nested) == Chars(1 << ord("a"))
    assert takes(of_pattern("(?:[a-z]{1,100}){1,40}"), "b" * 100)


@pytest.mark.parametrize(
    ("bare", "meant"),
    [
        ("github.com", r"github\.com"),
        ("a(?:b.c)d", "a(?:b.*c)d"),
        ("v1.2|v1", r"v1\.2|v1"),
        ("x[.]y.z", "x[.]y[.]z"),
        ("(a.b)+", "(a.+b)+"),
        (r"\\.", r"\\\."),
        (r"a.\Qb\E", r"a\Q.b\E"),
        ("a.$", "a.?$"),
    ],
)
def test_a_dot_for_one_character_is_told_from_others(bare: str, meant: str) -> None:
    assert has_bare_dot(parsed(bare))
    assert not has_bare_dot(parsed(meant))


@pytest.mark.parametrize(
    ("text", "said", "loose"),
    [
        (r"release@example\.com", "before and after it", "norelease@example.com.evil.example"),
        (r"^release@example\.com", "after it", "release@example.com.evil.example"),
        (r"release@example\.com$", "before it", "norelease@example.com"),
        ("^a|b$", "before and after it", "ax"),
        ("(^a$|^b)", "after it", "bx"),
        ("(?m)^a$", "before and after it", "x\na\nx"),
        ("https://example/", "before and after it", "x https://example/"),
        ("^v1[.][^/]*", "after it", "v1./x"),
        ("[0-9a-f]{40}", "before and after it", "0" * 41),
    ],
)
def test_a_pattern_that_does_not_say_where_it_ends_is_found_in_more(text: str, said: str, loose: str) -> None:
    assert loose_ends(text) == said
    assert searched(text, loose)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (r"^release@example\.com$", "norelease@example.com"),
        ("^(?:a|b)$", "ax"),
        ("(^a$|^b$)", "bx"),
        (r"\Aa\z", "a\n"),
        ("^https://example/", "x https://example/"),
        ("^sha256:", "x sha256:"),
        ("^v1[.].*", "xv1.2"),
        (".*a$", "ax"),
        (".+", ""),
        (r"\S", " "),
    ],
)
def test_a_pattern_that_says_where_it_ends_is_fine(text: str, other: str) -> None:
    assert loose_ends(text) is None
    assert not searched(text, other)


def searched(pattern: str, text: str) -> bool:
    return re2.search(pattern, text) is not None  # type: ignore[no-untyped-call]
