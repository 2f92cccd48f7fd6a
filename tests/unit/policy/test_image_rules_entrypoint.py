"""What an image may start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.policy.configured import asked, configured, found, passes, refused
from tests.unit.policy.judging import SIGNATURE, policy
from verifier.errors import PolicyError

RULE = "image-entrypoint"
NO_SHELL = {"shell": False}


def test_entry_point_and_command_are_compared_word_by_word() -> None:
    options = {"entrypoint": ["/usr/bin/app"], "cmd": ["serve", "--all"]}
    good = {"Entrypoint": ["/usr/bin/app"], "Cmd": ["serve", "--all"]}
    message = passes(RULE, options, configured(good))
    assert message == 'the image starts ["/usr/bin/app", "serve", "--all"]'
    for change in ({"Entrypoint": ["/usr/bin/app2"]}, {"Entrypoint": ["/usr/bin/app", "serve"]}):
        (message,) = refused(RULE, options, configured({**good, **change}))
        assert message.startswith("the image's entry point is [")
        assert message.endswith('wanted is ["/usr/bin/app"]')
    for cmd in (["serve --all"], ["--all", "serve"], []):
        (message,) = refused(RULE, options, configured({**good, "Cmd": cmd}))
        assert message.endswith('wanted is ["serve", "--all"]')


def test_what_is_not_asked_for_is_free() -> None:
    for cmd in (None, [], ["anything"]):
        assert passes(RULE, {"entrypoint": ["/app"]}, configured({"Entrypoint": ["/app"], "Cmd": cmd}))


def test_both_can_be_wrong() -> None:
    options = {"entrypoint": ["/a"], "cmd": ["b"]}
    findings = found(RULE, options, configured({}))
    assert [finding.message for finding in findings] == [
        'the image\'s entry point is nothing, wanted is ["/a"]',
        'the image\'s command is nothing, wanted is ["b"]',
    ]
    assert [finding.element for finding in findings] == ["$.config.Entrypoint", "$.config.Cmd"]


@pytest.mark.parametrize("execution", [{}, {"Entrypoint": None}, {"Entrypoint": []}])
def test_an_empty_list_wants_none(execution: dict[str, Any]) -> None:
    assert passes(RULE, {"entrypoint": []}, configured(execution)) == "the image starts nothing"
    assert refused(RULE, {"entrypoint": []}, configured({"Entrypoint": ["/app"]}))


@pytest.mark.parametrize("value", ["/app", [1], ["/app", None], {}, [["/app"]], True])
def test_what_is_no_list_of_texts_cannot_be_judged(value: Any) -> None:
    for options in ({"entrypoint": ["/app"]}, NO_SHELL):
        (message,) = refused(RULE, options, configured({"Entrypoint": value}), "PlatformError")
        assert message.endswith("$.config.Entrypoint is not a list of texts")
        assert refused(RULE, options, configured({"Entrypoint": ["/app"], "Cmd": value}), "PlatformError")


SHELL_FORMS = [
    ["/bin/sh", "-c", "exec app"],
    ["sh", "-c", "app"],
    ["/bin/bash", "-o", "pipefail", "-c", "app"],
    ["/bin/bash", "-eo", "pipefail", "-c", "app"],
    ["bash", "-lc", "app"],
    ["/bin/ash", "-exc", "app"],
    ["/usr/bin/env", "sh", "-c", "app"],
    ["/sbin/tini", "--", "/bin/sh", "-c", "app"],
    ["/bin/busybox", "sh", "-c", "app"],
    ["/bin/busybox", "hush", "-c", "app"],
    ["/usr/bin/env", "-S", "A=b sh -c app"],
    ["/usr/bin/env", "-S", "sh", "-c", "app"],
    ["/usr/bin/env", "-iSsh -c app"],
    ["/usr/bin/env", "--split-string=sh -c app"],
    ["/bin/su", "-c", "app", "nobody"],
    ["fish", "--command=app"],
    ["cmd", "/S", "/C", "app.exe"],
    ["C:\\Windows\\System32\\cmd.exe", "/c", "app"],
    ["powershell", "-NoProfile", "-Command", "app"],
    ["pwsh.exe", "-enc", "aABp"],
    ["cmd /S /C app.exe"],
]
OTHERS = [
    ["/app"],
    ["/app", "-c", "config.yaml"],
    ["/app", "-S", "sh -c app"],
    ["/usr/bin/env", "-S", "app -c x"],
    ["/bin/su", "nobody"],
    ["nginx", "-g", "daemon off;"],
    ["docker-entrypoint.sh", "postgres", "-c", "max_connections=1"],
    ["/bin/sh", "/entrypoint.sh", "-c", "config.yaml"],
    ["bash", "--rcfile", "-c", "script"],
    ["bash", "--", "-c"],
    ["/bin/bash"],
    ["/usr/bin/cmd", "/config/app.yaml"],
    ["pwsh", "-NonInteractive", "-File", "-c.ps1"],
    ["/bin/zsh-like", "-c", "x"],
    ["/wash", "-c", "x"],
    [],
]


@pytest.mark.parametrize("words", SHELL_FORMS)
def test_the_shell_form_can_be_denied(words: list[str]) -> None:
    for execution in ({"Entrypoint": words}, {"Cmd": words}, {"Entrypoint": words[:1], "Cmd": words[1:]}):
        (message,) = refused(RULE, NO_SHELL, configured(execution))
        assert message.startswith("the image starts a shell with a text to run: [")


@pytest.mark.parametrize("words", OTHERS)
def test_what_starts_no_shell_with_a_text_is_none(words: list[str]) -> None:
    assert passes(RULE, NO_SHELL, configured({"Entrypoint": words}))
    assert passes(RULE, NO_SHELL, configured({"Cmd": words}))


def test_very_many_words_are_not_looked_through() -> None:
    words = ["cmd"] * 200_000
    for many in (words, [" ".join(words)], ["env", "-S", " ".join(words)]):
        (message,) = refused(RULE, NO_SHELL, configured({"Cmd": many}), "PlatformError")
        assert message.endswith("hold more than 1000 words")
    assert passes(RULE, NO_SHELL, configured({"Cmd": words[:1000]}))


def test_the_shell_form_is_free_unless_denied() -> None:
    words = ["/bin/sh", "-c", "app"]
    assert passes(RULE, {"entrypoint": words}, configured({"Entrypoint": words}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{}", "it asks for nothing"),
        ("{shell: true}", "it asks for nothing"),
        ("{shell: false, cmd: [sh, -c, x]}", "what it wants starts a shell"),
        ("{entrypoint: /app}", "must be a list"),
        ("{entrypoint: [1]}", "must be text"),
    ],
)
def test_wrong_options_are_errors_at_load(options: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        policy(SIGNATURE, f"  - {RULE}: {options}\n")


def test_it_says_what_it_asks() -> None:
    assert asked(RULE, {"entrypoint": ["/app"], "cmd": [], "shell": False}) == (
        'the image starts what it should: its entry point is ["/app"], its command is nothing, it starts no'
        " shell with a text to run"
    )
