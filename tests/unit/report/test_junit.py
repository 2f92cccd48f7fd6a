"""JUnit XML, read with a parser that is not ours."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from verifier.report.junit import JunitCase, JunitSuite, render_junit

GOOD = JunitCase("good", "policy")
BAD = JunitCase("bad", "policy", "expected pass, found fail", ("signature: nobody signed", "second line"))
BROKEN = JunitCase("broken", "policy", "a defect", is_error=True)


def test_cases_are_counted_and_told_apart() -> None:
    root = fromstring(render_junit([JunitSuite("one", (GOOD, BAD)), JunitSuite("two", (BROKEN,))]))
    assert root.tag == "testsuites"
    assert root.attrib == {"tests": "3", "failures": "1", "errors": "1"}
    one, two = root
    assert one.attrib == {"name": "one", "tests": "2", "failures": "1", "errors": "0", "skipped": "0"}
    assert two.attrib == {"name": "two", "tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    good, bad = one
    assert (good.tag, good.attrib, len(good)) == ("testcase", {"name": "good", "classname": "policy"}, 0)
    (failure,) = bad
    assert (failure.tag, failure.attrib) == ("failure", {"message": "expected pass, found fail"})
    assert failure.text == "signature: nobody signed\nsecond line"
    assert [problem.tag for problem in two[0]] == ["error"]


def test_nothing_depends_on_the_time() -> None:
    assert render_junit([JunitSuite("one", (GOOD,))]) == render_junit([JunitSuite("one", (GOOD,))])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\x00b\x1b[31m", r"a\x00b\x1b[31m"),
        ("two\nlines\r", r"two\x0alines\x0d"),
        ("\ud800\ufffe\uffff", r"\ud800\ufffe\uffff"),
        ('<a href="x">&amp;</a>', '<a href="x">&amp;</a>'),
        ("]]>", "]]>"),
        ("\u202eevil", r"\u202eevil"),
        ("##vso[task.setvariable]", r"#\x23vso[task.setvariable]"),
        ("::error::", r":\x3aerror::"),
        ("grüße", "grüße"),
    ],
)
def test_untrusted_text_is_text(text: str, read: str) -> None:
    suite = JunitSuite(text, (JunitCase(text, text, text, (text,)),))
    document = render_junit([suite])
    document.encode("utf-8")
    (found,) = fromstring(document)
    (case,) = found
    (failure,) = case
    texts = [found.get("name"), case.get("name"), case.get("classname"), failure.get("message"), failure.text]
    assert texts == [read] * 5
