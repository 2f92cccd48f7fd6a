"""One set of characters that nobody sees, wherever a person reads or compares a name."""

from __future__ import annotations

import json
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy.test_document import GOOD
from verifier.errors import PolicyError
from verifier.invisible import CONTROLS, UNSEEN
from verifier.policy.document import load_policy
from verifier.policy.values import Policy
from verifier.report.inert import visible_json
from verifier.text import safe

# Unicode 16.0, DerivedCoreProperties.txt, "Derived Property: Default_Ignorable_Code_Point", as published.
DEFAULT_IGNORABLE = """
00AD 034F 061C 115F..1160 17B4..17B5 180B..180D 180E 180F 200B..200F 202A..202E 2060..2064 2065 2066..206F
3164 FE00..FE0F FEFF FFA0 FFF0..FFF8 1BCA0..1BCA3 1D173..1D17A E0000 E0001 E0002..E001F E0020..E007F
E0080..E00FF E0100..E01EF E01F0..E0FFF
"""
NAMED = "\u3164\u115f\uffa0\u2800\u034f\ufe0f\U000e0100\u17b4\u180b"


def load(text: str) -> Policy:
    return load_policy(text.encode(), source="policy.yaml")


def ranges(text: str) -> set[int]:
    found: set[int] = set()
    for item in text.split():
        first, _, last = item.partition("..")
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    return found


SET = re.compile(f"[{UNSEEN}]")
CONTROL = re.compile(f"[{CONTROLS}]")
ALL = [chr(code) for code in range(sys.maxunicode + 1)]


def test_it_is_what_unicode_says() -> None:
    hidden = {character for character in ALL if SET.fullmatch(character)}
    of_unicode = {chr(code) for code in ranges(DEFAULT_IGNORABLE)}
    assert of_unicode <= hidden
    categories = {c for c in ALL if unicodedata.category(c) in {"Cf", "Cs", "Zl", "Zp", "Zs"} and c != " "}
    assert categories <= hidden
    nothing = {c for c in ALL if ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF}
    assert nothing <= hidden
    # What is left is drawn as nothing although no property says so, or newer than this Python's Unicode.
    rest = {c for c in hidden - of_unicode - categories - nothing if unicodedata.category(c) != "Cn"}
    assert rest <= set("\u2800\U00013441\U00013442\U0001d159\U00016fe4\U00013440")
    assert {c for c in ALL if CONTROL.fullmatch(c)} == {c for c in ALL if unicodedata.category(c) == "Cc"}


def test_letters_marks_signs_and_emoji_are_seen() -> None:
    for text in (
        "café",
        "Ünïcödé",
        "中文",
        "日本語",
        "עברית",
        "العربية",
        "हिन्दी",
        "e\u0301",
        "😀",
        "€",
        "→",
        "a b",
    ):
        assert SET.search(text) is None
        assert safe(text) == text
        assert visible_json(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)


@pytest.mark.parametrize("character", NAMED)
def test_a_name_with_one_looks_different(character: str) -> None:
    code = ord(character)
    escape = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    assert safe(f"log4j{character}") == f"log4j{escape}"


@given(st.text(st.characters(codec="utf-8") | st.sampled_from([*NAMED, "\u009b", "\u202e", "#", "\x1b"])))
def test_json_says_the_same_with_everything_in_it_seen(text: str) -> None:
    for indent in (None, 2):
        written = visible_json(json.dumps({text: [text]}, ensure_ascii=False, indent=indent))
        assert json.loads(written) == {text: [text]}
        assert not SET.search(written)
        assert not CONTROL.search(written.replace("\n", ""))
        assert "##" not in written


def test_halves_of_characters_are_escaped_and_blanks_between_strings_are_plain() -> None:
    assert visible_json('{"a":\t"\ud800"}\r\n') == '{"a": "\\ud800"} \n'
    assert visible_json('"\U000e0100"') == '"\\udb40\\udd00"'  # RFC 8259, section 7: as UTF-16 pairs


# --- policies ---


@pytest.mark.parametrize(
    "character", [*NAMED, "\u00a0", "\u200c", "\u3000", "\u00ad", "\ufff0", "\U000e0041"]
)
@pytest.mark.parametrize(
    "line",
    [
        "  - packages: {deny: [{name: log4j@}]}\n",
        "  - packages: {deny: [{purl: 'pkg:apk/wolfi/openssl@'}]}\n",
        "  - licenses: {deny: [MIT@]}\n",
        "  - packages: {deny: [{name: log4j, versions: '<@ 2'}]}\n",
        "  - attestation: {type: https://example.com/a@}\n",
        "  - image-labels: {require: {owner: 'a@'}}\n",
        "  - image-labels: {require: {'ow@ner': a}}\n",
    ],
)
def test_a_name_that_is_compared_holds_none(line: str, character: str) -> None:
    with pytest.raises(PolicyError, match=f"U\\+{ord(character):04X}") as caught:
        load(GOOD + line.replace("@", character))
    assert caught.value.place == f"policy.yaml:{GOOD.count(chr(10)) + 1}:{line.index('@') + 1}"


@pytest.mark.parametrize(
    ("old", "place"),
    [
        ("name: app", "2:10"),
        ("ghcr.io/org/app", "4:20"),
        ("https://issuer.example", "7:35"),
        ("https://github.com/org/app", "8:40"),
        ("[release", "10:34"),
    ],
)
def test_images_and_signers_hold_none(old: str, place: str) -> None:
    with pytest.raises(PolicyError, match="U\\+3164") as caught:
        load(GOOD.replace(old, f"{old}\u3164"))
    assert caught.value.place == f"policy.yaml:{place}"


def test_words_for_people_and_comments_may_hold_them() -> None:
    """Emoji and several scripts are written with characters that have no shape of their own."""
    text = GOOD.replace(
        "version: 1\n", "version: 1\ndescription: 'Ship it ✔\ufe0f, می\u200cخواهم, 10\u00a0%'\n"
    )
    assert text != GOOD
    policy = load(text + "  - packages: {deny: [{name: log4j}]}  # ⚠\ufe0f\n")
    assert len(policy.rules) == len(load(GOOD).rules) + 1


def test_the_escape_of_one_is_seen() -> None:
    assert load(GOOD + '  - packages: {deny: [{name: "log4j\\u3164"}]}\n').rules
