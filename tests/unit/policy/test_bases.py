"""A policy that is there to be extended is looked at for itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.policy.several import one, written
from tests.unit.policy.test_extends import TEMPLATE
from verifier.errors import PolicyError
from verifier.policy.bases import Base
from verifier.policy.document import read_base
from verifier.policy.lint import lint_base
from verifier.policy.shipped import resolve_base, shipped_bytes

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEAD = "version: 1\nname: base\n"
RULES = written(["signature: {}"], signers="", images="", name="base")


def base(folder: Path, text: str) -> Base | None:
    path = folder / "base.yaml"
    path.write_text(text)
    return read_base(path, shipped=shipped_bytes)


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        (RULES, ["images", "signers"]),
        (HEAD + f"signers:\n{one('a')}", ["images"]),
        (written(["signature: {}"], signers=one("a"), images="", name="base"), ["images"]),
        (HEAD + "require: [image-user: {}]\n", ["images", "signers"]),
        (
            HEAD + "require: [signature: {signers: {all-of: [a, b]}},"
            " vulnerabilities: {max-age: 7d, max-severity: high, signers: [a], vex: {signers: [c]}}]\n",
            ["images", "signers"],
        ),
        (HEAD + "require: [any-of: [[signature: {signers: [a]}], [signature: {signers: [b]}]]]\n", None),
        (
            HEAD
            + "extends: [{policy: github-actions, with: {workflow: 'https://x', repository: 'https://y'}}]\n",
            ["images"],
        ),
        (HEAD + "extends: [baseline]\n", ["images", "signers"]),
        (
            TEMPLATE,
            ["the parameter repository (the repository, as in org/app)", "the parameter subject (who signs)"],
        ),
    ],
)
def test_what_a_base_needs_is_said(tmp_path: Path, text: str, needs: list[str] | None) -> None:
    found = base(tmp_path, text)
    assert found is not None
    assert [*found.needs()] == (needs or ["images", "signers"])
    assert lint_base(found.policy, NOW) == []


def test_a_policy_that_can_judge_is_no_base(tmp_path: Path) -> None:
    assert base(tmp_path, written(["signature: {}"], signers=one("a"))) is None
    assert resolve_base("chainguard") is None
    assert resolve_base("no-such-policy") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + "parameters: {a: the repository}\nrequire: [signature: {}]\n",
            "nothing uses the parameter 'a'",
        ),
        (RULES.replace("signature: {}", "signatur: {}"), "signatur"),
        (RULES.replace("signature: {}", "licenses: {deny: []}"), "is empty"),
        (
            written(["signature: {signers: [b]}"], signers=one("a"), images="", name="x"),
            "'b' is not under signers",
        ),
        (HEAD + "extends: [{policy: baseline, signers: [a]}]\n", "the signer 'a' is not under signers"),
        (HEAD + "extends: [github-actions]\n", "the parameter 'workflow' has no value"),
        (HEAD + "require: [signature: {}, signature: {}]\n", "the same rule stands here twice"),
        (TEMPLATE.replace("{parameter: subject}", "{parameter: subjct}"), "no parameter is called 'subjct'"),
    ],
)
def test_what_is_wrong_whoever_extends_it_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        base(tmp_path, text)


def test_what_is_loose_in_a_base_is_a_warning(tmp_path: Path) -> None:
    loose = TEMPLATE.replace(
        "subject: {parameter: subject}", "subject-pattern: 'https://github\\.com/[^/]+/app.*'"
    )
    found = base(tmp_path, loose.replace(", subject: who signs", ""))
    assert found is not None
    assert [
        "takes any ref" in item.message or "does not name" in item.message
        for item in lint_base(found.policy, NOW)
    ] == [True, True]
