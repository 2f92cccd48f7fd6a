"""The formats that a report can be written in, by name: the one table of them.

Each renders the document of `verifier.report.json_report`, so that a saved report can be had in any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from verifier.report.view import Document, Extras

Renderer = Callable[[Document, Extras], str]
COMMANDS = frozenset({"github"})
"""Formats that are commands to a build server, on purpose."""


def _json(document: Document, _: Extras) -> str:
    from verifier.report.json_report import render_document

    return render_document(document)


def _sarif(document: Document, extras: Extras) -> str:
    from verifier.report.sarif import render_sarif

    return render_sarif(document, extras)


def _junit(document: Document, _: Extras) -> str:
    from verifier.report.junit_report import render_junit_report

    return render_junit_report(document)


def _markdown(document: Document, _: Extras) -> str:
    from verifier.report.markdown import render_markdown

    return render_markdown(document)


def _html(document: Document, extras: Extras) -> str:
    from verifier.report.html.page import render_html

    return render_html(document, extras)


def _vsa(document: Document, extras: Extras) -> str:
    from verifier.report.vsa import render_vsa

    return render_vsa(document, extras.verifier)


def _github(document: Document, _: Extras) -> str:
    from verifier.report.github import render_github

    return render_github(document)


def _policy_report(document: Document, _: Extras) -> str:
    from verifier.report.policy_report import POLICY_REPORT, render_policy_report

    return render_policy_report(document, POLICY_REPORT)


def _openreports(document: Document, _: Extras) -> str:
    from verifier.report.policy_report import OPEN_REPORT, render_policy_report

    return render_policy_report(document, OPEN_REPORT)


RENDERERS: Mapping[str, Renderer] = {
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
    "markdown": _markdown,
    "html": _html,
    "vsa": _vsa,
    "github": _github,
    "policy-report": _policy_report,
    "openreports": _openreports,
}
"""Every format but ``text``, which knows its terminal."""
