"""The page without a browser: what it holds, and what it could load or run."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from tests.unit.report.factory import AMD64, BLOB, failed_check, hostile_report, refused, report, unavailable
from tests.unit.report.hostile import HOSTILE
from tests.unit.report.parsers import Tags
from verifier.limits import REPORT_ALIKE
from verifier.model.finding import Verdict
from verifier.model.report import Report
from verifier.model.sbom import Package, Sbom
from verifier.report.html import page as page_module
from verifier.report.html.page import render_html
from verifier.report.html.sbom import Room
from verifier.report.json_report import report_document
from verifier.report.view import Extras, RuleText

CHECK = failed_check("nobody signed it", "SignatureError", "sign it", BLOB)
NOTHING = Extras()


def package(name: str, declared: str = "MIT", concluded: str = "NOASSERTION") -> Package:
    return Package(
        element_id=f"SPDXRef-{name}",
        name=name,
        version="1.2",
        supplier="Organization: Example",
        originator="",
        download_location="",
        license_declared=declared,
        license_concluded=concluded,
        purls=(f"pkg:apk/wolfi/{name}@1.2",),
        checksums=(),
        purpose="",
        files_analyzed=False,
        path="$",
    )


def sbom(*packages: Package) -> Sbom:
    return Sbom("SPDX-2.3", "x", "x", None, (), (), packages, (), (), 0)


def rendered(made: Report, extras: Extras = NOTHING) -> Tags:
    return Tags(render_html(report_document(made), extras))


def test_only_its_own_style_and_script_may_run_and_nothing_be_loaded() -> None:
    text = render_html(report_document(report()), NOTHING)
    found = Tags(text)
    (policy,) = [item["content"] for item in found.of("meta") if "http-equiv" in item]
    assert policy is not None
    directives = dict(item.strip().split(" ", 1) for item in policy.split(";"))
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (source,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert directives[directive] == f"'sha256-{digest}'"
    assert len(directives) == 5


def test_there_is_nothing_to_load() -> None:
    found = rendered(hostile_report(HOSTILE), Extras({}, {str(AMD64): sbom(package(HOSTILE))}))
    assert {"src", "srcset", "action", "style", "data", "poster"}.isdisjoint(
        name for name, _ in found.attributes()
    )
    assert all((value or "").startswith("#") for name, value in found.attributes() if name == "href")
    assert not [name for name, _ in found.attributes() if name.startswith("on")]


def test_untrusted_text_is_text() -> None:
    calm = rendered(hostile_report("calm")).elements
    hostile = rendered(hostile_report(HOSTILE))
    assert [name for name, _ in hostile.elements] == [name for name, _ in calm]
    assert hostile.comments == []
    assert "<img src=x onerror=alert(1)>" in hostile.text()


def test_it_has_landmarks_a_language_and_heads_of_tables() -> None:
    found = rendered(report())
    assert found.of("html") == [{"lang": "en"}]
    assert {"header", "nav", "main", "footer", "title"} <= found.names()
    assert all(item.get("scope") in {"col", "row"} for item in found.of("th"))
    assert len(found.of("caption")) == len(found.of("table"))


def test_the_checks_say_what_to_do_and_lead_to_what_the_rule_means() -> None:
    extras = Extras({"signature": RuleText("Signed", "Who signed.", "Sign.")})
    found = rendered(refused(CHECK), extras)
    assert "nobody signed it (linux/amd64) SignatureErrorWhat to do: sign it" in found.text()
    assert {"href": "#rule-signature"} in found.of("a")
    assert {"id": "rule-signature"} in found.of("div")
    assert "To mend a finding: Sign." in found.text()
    assert {"href": "#rule-signature"} not in rendered(refused(CHECK)).of("a")


def test_quotes_and_hash_signs_are_themselves() -> None:
    hint = "name it under 'source' or \"ref\", see #1 & &#39;"
    found = rendered(refused(failed_check("no", "PolicyError", hint)))
    assert f"What to do: {hint}" in found.text()


def test_the_packages_and_licences_of_a_live_report() -> None:
    packages = [package("b"), package("a"), package("c", "GPL-2.0-only", "Apache-2.0"), package("d", "")]
    found = rendered(report(), Extras({}, {str(AMD64): sbom(*packages)}))
    cells = [data for tag, data in found.texts if tag in {"th", "td"}]
    start = cells.index("Package")
    assert cells[start + 5 : start + 8] == ["a", "1.2", "MIT"]
    licences = cells[cells.index("Licence") + 3 :][:8]
    assert licences[:2] == ["MIT", "2"]
    assert {"Apache-2.0", "not said"} <= set(licences)
    assert [item["width"] for item in found.of("rect")] == ["100.0%", "50.0%", "50.0%"]
    assert [item["for"] for item in found.of("label")] == [item["id"] for item in found.of("input")]


def test_a_saved_report_says_that_it_has_no_packages() -> None:
    found = rendered(report())
    assert "The report was saved without the packages" in found.text()
    assert found.of("input") == []


def test_there_is_room_for_so_many_packages() -> None:
    room = Room(5)
    assert [room.take(3), room.take(3), room.take(3)] == [3, 2, 0]


def test_the_page_says_what_it_has_no_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    extras = Extras({}, {str(AMD64): sbom(*(package(f"p{number}") for number in range(4)))})
    monkeypatch.setattr(page_module, "PAGE_PACKAGES", 3)
    assert "There is no room here for 1 more packages." in rendered(report(), extras).text()


def test_many_alike_findings_are_counted() -> None:
    checks = [replace(CHECK, message=f"package {number}") for number in range(REPORT_ALIKE + 5)]
    assert "and 5 more" in rendered(refused(*checks)).text()


def test_what_was_left_out_is_told() -> None:
    assert "Not judgedlinux/arm64" in rendered(report()).text()


def test_every_verdict_is_a_word_in_the_head_line() -> None:
    for verdict in Verdict:
        text = render_html(report_document(report(verdict=verdict)), NOTHING)
        assert f"<title>verify: {verdict}</title>" in text
    assert "It could not be found out." in rendered(unavailable()).text()
    assert "nothing was judged" in rendered(replace(report(), images=())).text()
