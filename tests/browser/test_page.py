"""The HTML report in a headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import Page, find, running
from tests.unit.report.factory import hostile_report, report
from tests.unit.report.hostile import HOSTILE
from verifier.model.finding import Verdict
from verifier.model.report import Report
from verifier.policy.catalogue import RULES
from verifier.report.html.page import render_html
from verifier.report.json_report import report_document
from verifier.report.view import Extras, RuleText, contents
from verifier.settings import Settings
from verifier.verification import verify_images

_BROWSER = find()
pytestmark = pytest.mark.skipif(_BROWSER is None, reason="there is no Chromium to open pages in")
_AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
_EXPLAINED = {name: RuleText(spec.title, spec.what, spec.fix) for name, spec in RULES.items()}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One browser for all."""
    assert _BROWSER is not None
    with running(_BROWSER, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def verified(testdata: Path) -> Report:
    """The report of a real run, with SBOMs of 18 packages for each of three platforms."""
    settings = Settings(
        at=datetime(2026, 11, 2, tzinfo=UTC),
        policies=("sample",),
        trusted_root=testdata / "trusted_root.json",
        offline=True,
    )
    return verify_images([f"oci:{testdata / 'layouts' / 'demo'}"], settings)


def html(made: Report) -> str:
    return render_html(report_document(made), Extras(_EXPLAINED, contents(made)))


def opened(page: Page, tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.html"
    file.write_text(text, encoding="utf-8")
    page.open(file)


def test_it_loads_nothing_and_complains_of_nothing(page: Page, tmp_path: Path, verified: Report) -> None:
    opened(page, tmp_path, html(verified))
    assert page.requested() == [(tmp_path / "report.html").as_uri()]
    assert page.complaints() == []
    assert page.evaluate("document.title") == "verify: pass"
    assert page.evaluate("document.querySelector('h1').textContent") == "verify: pass"


def test_the_search_shows_the_rows_that_have_every_word(page: Page, tmp_path: Path, verified: Report) -> None:
    opened(page, tmp_path, html(verified))
    assert page.evaluate("document.querySelectorAll('.find:not([hidden])').length") == 3
    rows = "[...document.querySelectorAll('#packages-0-0 tbody tr')].filter((row) => !row.hidden)"
    names = page.evaluate(f"{rows}.map((row) => row.cells[0].textContent)")
    sbom = verified.images[0].platforms[0].contents
    assert sbom is not None
    assert sorted(names) == sorted(package.name for package in sbom.packages)
    (wanted,) = [package for package in sbom.packages if package.name == "zlib"]
    for typed in ("zlib", f"ZLIB {wanted.version}"):
        search(page, typed)
        assert page.evaluate(f"{rows}.map((row) => row.cells[0].textContent)") == ["zlib"]
        assert page.evaluate("document.querySelector('.find output').textContent") == "1 of 18 packages"
    search(page, "no such package")
    assert page.evaluate(f"{rows}.length") == 0
    assert page.evaluate("document.querySelectorAll('#packages-0-1 tbody tr[hidden]').length") == 0
    search(page, "")
    assert page.evaluate(f"{rows}.length") == 18


def search(page: Page, words: str) -> None:
    page.evaluate("document.querySelector('.find input').focus();document.activeElement.select()")
    if words:
        page.call("Input.insertText", text=words)
    else:
        page.press("Backspace", 8)


def test_it_follows_light_and_dark(page: Page, tmp_path: Path, verified: Report) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        opened(page, tmp_path, html(verified))
        style = page.evaluate(
            "(() => { const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]; })()"
        )
        colours[scheme] = style
    page.scheme("light")
    assert colours["light"][0] == "rgb(255, 255, 255)"
    assert colours["dark"][0] == "rgb(13, 17, 23)"
    assert colours["light"][1] != colours["dark"][1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["verified", "refused", "hostile", "empty", "many", "twice"])
def test_nothing_keeps_people_from_using_it(
    page: Page, tmp_path: Path, verified: Report, scheme: str, which: str
) -> None:
    refused = report("text", Verdict.UNVERIFIED)
    made = {
        "verified": verified,
        "refused": refused,
        "hostile": hostile_report(HOSTILE),
        "empty": replace(refused, images=(), policies=(), trust_root=None),
        "many": replace(refused, images=tuple(replace(refused.images[0], reference=name) for name in "abc")),
        "twice": replace(refused, images=refused.images * 2),
    }[which]
    page.scheme(scheme)
    opened(page, tmp_path, html(made))
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    page.evaluate(_AXE)
    found: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    page.scheme("light")
    problems = [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in found["violations"]]
    assert problems == []
    assert len(found["passes"]) > 15


def test_the_check_itself_finds_what_is_wrong(page: Page, tmp_path: Path, verified: Report) -> None:
    broken = html(verified).replace('<html lang="en">', "<html>").replace("<label", "<span")
    opened(page, tmp_path, broken)
    page.evaluate(_AXE)
    found: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert {"html-has-lang", "label"} <= {item["id"] for item in found["violations"]}


def test_the_keyboard_reaches_the_skip_link_then_what_scrolls_and_the_search(
    page: Page, tmp_path: Path, verified: Report
) -> None:
    opened(page, tmp_path, html(verified))
    reached = []
    for _ in range(60):
        page.press("Tab", 9)
        reached.append(page.evaluate("document.activeElement.className || document.activeElement.tagName"))
    assert reached[0] == "skip"
    assert {"scroll", "scroll long", "INPUT", "SUMMARY", "A"} <= set(reached)


def test_headings_are_in_order(page: Page, tmp_path: Path, verified: Report) -> None:
    opened(page, tmp_path, html(verified))
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((item) => Number(item.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@pytest.mark.parametrize(
    "text", [HOSTILE, "</script><script>document.title='owned'</script>", "<img src=x onerror=alert(1)>"]
)
def test_untrusted_text_does_nothing(page: Page, tmp_path: Path, text: str) -> None:
    opened(page, tmp_path, html(hostile_report(text)))
    assert page.evaluate("document.title") == "verify: unverified"
    assert page.evaluate("document.querySelectorAll('img,iframe,object,embed,form,base,link').length") == 0
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("[...document.links].every((link) => link.getAttribute('href')[0] === '#')")
    assert page.requested() == [(tmp_path / "report.html").as_uri()]
    assert page.complaints() == []


def test_the_policy_stops_what_would_slip_in(page: Page, tmp_path: Path, verified: Report) -> None:
    """The positive twin is every other test here: the page's own script does run."""
    evil = (
        "<script>document.title='owned'</script>"
        "<img src='https://evil.invalid/x.png' onerror='document.title=1'>"
        "<style>body{display:none}</style><script src='https://evil.invalid/x.js'></script>"
    )
    opened(page, tmp_path, html(verified).replace("<main", f"{evil}<main"))
    assert page.evaluate("document.title") == "verify: pass"
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    assert len(page.complaints()) >= 4
