"""Which users are not root."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.policy.configured import asked, configured, found, passes, refused
from tests.unit.policy.judging import SIGNATURE, judge, policy
from verifier.errors import PolicyError
from verifier.model.finding import Verdict

RULE = "image-user"


@pytest.mark.parametrize("user", ["1", "101", "65532", "65532:65532", "1000:0", "1001:root", "2147483647"])
def test_a_number_other_than_0_is_accepted(user: str) -> None:
    assert passes(RULE, {}, configured({"User": user})) == f"the image runs as {user}"


@pytest.mark.parametrize(
    "user", ["0", "00", "000", "+0", "-0", "root", "Root", "0:0", "0:1000", "root:wheel"]
)
def test_root_is_refused_however_it_is_written(user: str) -> None:
    (message,) = refused(RULE, {}, configured({"User": user}))
    assert message == f"the image runs as root: its user is '{user.partition(':')[0]}'"


@pytest.mark.parametrize("execution", [{}, {"User": ""}, {"User": None}, {"User": ":0"}, {"User": ":1000"}])
def test_no_user_is_root(execution: dict[str, Any]) -> None:
    (message,) = refused(RULE, {}, configured(execution))
    assert message == "the image names no user, so it runs as root"


@pytest.mark.parametrize("config", [{"config": None}, {"config": {}}])
def test_no_parameters_at_all_are_root(config: dict[str, Any]) -> None:
    assert refused(RULE, {}, configured(config=config)) == ["the image names no user, so it runs as root"]


@pytest.mark.parametrize("name", ["nonroot", "nginx", "www-data", "_apt", "postgres:postgres", "app:0"])
def test_a_name_may_be_roots_and_is_refused(name: str) -> None:
    (message,) = refused(RULE, {}, configured({"User": name}))
    user = name.partition(":")[0]
    assert message == f"the image's user '{user}' is a name; only files in the image tell whether it is root"


def test_a_name_that_the_policy_knows_is_accepted() -> None:
    for user in ("nonroot", "nonroot:nonroot", "nonroot:0"):
        assert passes(RULE, {"names": ["nonroot"]}, configured({"User": user}))
    assert refused(RULE, {"names": ["nonroot"]}, configured({"User": "nonroot2"}))
    assert refused(RULE, {"names": ["nonroot"]}, configured({"User": "NONROOT"}))
    assert refused(RULE, {"names": ["nonroot"]}, configured({"User": "root"}))
    assert refused(RULE, {"names": ["nonroot"]}, configured({}))


@pytest.mark.parametrize(
    "user",
    [
        " 1000",
        "1000 ",
        "1 000",
        "0x10",
        "1_000",
        "1e3",
        "010",
        "１０００",
        "٣",
        "１",
        "a b",
        "a\n",
        "$USER",
        "a/b",
    ],
)
def test_what_is_neither_a_number_nor_a_name_is_refused(user: str) -> None:
    (message,) = refused(RULE, {}, configured({"User": user}))
    assert message.endswith(" is no user")


def test_control_characters_do_not_reach_the_report() -> None:
    (message,) = refused(RULE, {}, configured({"User": "\x1b[2K1000"}))
    assert "\x1b" not in message


@pytest.mark.parametrize("user", ["2147483648", "4294967296", "4294967296:4294967296", "9" * 5000])
def test_a_number_that_runtimes_took_for_0_is_refused(user: str) -> None:
    """CVE-2024-40635."""
    (message,) = refused(RULE, {}, configured({"User": user}))
    assert "is no number that users can have" in message


@pytest.mark.parametrize("group", ["2147483648", "a b", "1:2", "+5"])
def test_a_group_that_is_none_is_refused(group: str) -> None:
    (message,) = refused(RULE, {}, configured({"User": f"1000:{group}"}))
    assert message.endswith("is no group")
    assert passes(RULE, {}, configured({"User": "1000:1"}))


@pytest.mark.parametrize("value", [0, 65532, True, False, ["1000"], {}])
def test_a_user_that_is_not_text_cannot_be_judged(value: Any) -> None:
    (message,) = refused(RULE, {}, configured({"User": value}), "PlatformError")
    assert message == "the image's configuration cannot be judged: $.config.User is not text"


@pytest.mark.parametrize("config", [[], "x", 1, True])
def test_parameters_that_are_no_object_cannot_be_judged(config: Any) -> None:
    (message,) = refused(RULE, {}, configured(config={"config": config}), "PlatformError")
    assert message == "the image's configuration cannot be judged: $.config is not an object"


@pytest.mark.parametrize("other", ["user", "USER", "Uſer"])
def test_a_second_user_in_another_case_cannot_be_judged(other: str) -> None:
    """Go's JSON reader takes both for one, and the last one counts."""
    (message,) = refused(RULE, {}, configured({"User": "65532", other: "0"}), "PlatformError")
    assert f"$.config has a member '{other}' beside 'User'" in message
    (message,) = refused(
        RULE, {}, configured({"User": "65532"}, config={"Config": {"User": "0"}}), "PlatformError"
    )
    assert "$ has a member 'Config' beside 'config'" in message
    assert passes(RULE, {}, configured({"User": "65532", "UserX": "0"}))


def test_the_smallest_number_can_be_chosen() -> None:
    assert passes(RULE, {"min-uid": 1000}, configured({"User": "1000"}))
    (message,) = refused(RULE, {"min-uid": 1000}, configured({"User": "999"}))
    assert message == "the image runs as user 999, and the policy wants 1000 or more"


def test_roots_group_can_be_refused() -> None:
    options = {"root-group": False}
    assert passes(RULE, options, configured({"User": "1000:1000"}))
    assert refused(RULE, options, configured({"User": "1000:0"})) == [
        "the image runs with root's group: its group is '0'"
    ]
    assert refused(RULE, options, configured({"User": "1000:root"}))
    for user in ("1000", "1000:"):
        (message,) = refused(RULE, options, configured({"User": user}))
        assert message == "the image names no group, so it may run with root's"
    (message,) = refused(RULE, options, configured({"User": "1000:app"}))
    assert message == "the group 'app' is a name; only files in the image tell whether it is root's"


def test_every_platform_is_judged_and_the_verdict_follows() -> None:
    evidence = configured({"User": "0"})
    assert judge(evidence, SIGNATURE, f"  - {RULE}: {{}}\n").verdict is Verdict.FAIL
    (finding,) = found(RULE, {}, evidence)
    assert finding.element == "$.config.User"
    evidence = configured({"User": "65532"})
    assert judge(evidence, SIGNATURE, f"  - {RULE}: {{}}\n").verdict is Verdict.PASS


@pytest.mark.parametrize("name", ["root", "ROOT", "0", "1000", "a b", "ContainerAdministrator"])
def test_a_name_that_is_none_or_roots_is_an_error_at_load(name: str) -> None:
    with pytest.raises(PolicyError, match=r"^policy\.yaml:8:\d+: .* is no name of a user other than root"):
        policy(SIGNATURE, f'  - {RULE}: {{names: [app, "{name}"]}}\n')


@pytest.mark.parametrize("options", ["min-uid: 0", "names: []", "allow-root: true", "root-group: yes"])
def test_wrong_options_are_errors_at_load(options: str) -> None:
    with pytest.raises(PolicyError):
        policy(SIGNATURE, f"  - {RULE}: {{{options}}}\n")


def test_it_says_what_it_asks() -> None:
    assert asked(RULE, {}) == "the image names a user that is not root, by number"
    assert asked(RULE, {"min-uid": 5, "names": ["app"], "root-group": False}) == (
        "the image names a user that is not root, by a number of at least 5 or called app, with a group, by"
        " number, that is not root's"
    )
