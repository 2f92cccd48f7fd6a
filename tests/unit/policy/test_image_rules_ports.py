"""Which ports an image may expose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.policy.configured import asked, configured, found, passes, refused
from tests.unit.policy.judging import SIGNATURE, policy
from verifier.errors import PolicyError
from verifier.model.evidence import ImageEvidence

RULE = "image-ports"
ALLOW = {"allow": [8080, "53/udp", "9000-9010/tcp"]}


def exposing(*ports: str) -> ImageEvidence:
    return configured({"ExposedPorts": {port: {} for port in ports}})


@pytest.mark.parametrize(
    "ports", [(), ("8080/tcp",), ("8080",), ("8080/TCP", "53/udp"), ("9000-9010/tcp", "9005")]
)
def test_allowed_ports_are_accepted(ports: tuple[str, ...]) -> None:
    assert passes(RULE, ALLOW, exposing(*ports)) == f"the image exposes {', '.join(ports) or 'no port'}"


@pytest.mark.parametrize(
    "port", ["8081/tcp", "8080/udp", "53", "53/tcp", "9000-9011/tcp", "8999-9000", "8080/sctp"]
)
def test_other_ports_are_refused(port: str) -> None:
    (message,) = refused(RULE, ALLOW, exposing("8080/tcp", port))
    assert message == f"the image exposes '{port}', which is not among 8080/tcp, 9000-9010/tcp, 53/udp"


@pytest.mark.parametrize(
    "port",
    ["", "0", "0/tcp", "65536", "080", "80/", "/tcp", "80/icmp", "80/tcp/udp", "tcp/80", "80-", "-80",
     "90-80", "８０", " 80", "80 ", "80\n", "+80", "1e2", "http", "80,81", "999999999999"],
)  # fmt: skip
def test_what_is_no_port_is_refused(port: str) -> None:
    for options in (ALLOW, {"allow": ["1-65535"]}, {"privileged": False}):
        (message,) = refused(RULE, options, exposing(port))
        assert message.endswith("which is no port")
        assert "\n" not in message


def test_an_empty_list_allows_none() -> None:
    executions: list[dict[str, Any]] = [{}, {"ExposedPorts": None}, {"ExposedPorts": {}}]
    for execution in executions:
        assert passes(RULE, {"allow": []}, configured(execution)) == "the image exposes no port"
    (message,) = refused(RULE, {"allow": []}, exposing("80"))
    assert message == "the image exposes '80', which is not among the ports allowed (none is)"


@pytest.mark.parametrize("port", ["1", "80/tcp", "1023/udp", "1000-2000/tcp"])
def test_privileged_ports_can_be_denied(port: str) -> None:
    (message,) = refused(RULE, {"privileged": False}, exposing(port))
    assert message == f"the image exposes '{port}', which is below 1024 and for root alone"
    assert passes(RULE, {"privileged": False}, exposing("1024"))


def test_ranges_that_touch_are_one() -> None:
    options = {"allow": ["8000-8005", "8006-8010", "8003"]}
    assert passes(RULE, options, exposing("8000-8010"))
    assert refused(RULE, options, exposing("8000-8011"))
    assert refused(RULE, {"allow": ["8000-8005", "8007-8010"]}, exposing("8000-8010"))


def test_every_port_is_reported() -> None:
    findings = found(RULE, ALLOW, exposing("1", "8080", "2"))
    assert [finding.message[:22] for finding in findings] == [
        "the image exposes '1',",
        "the image exposes '2',",
    ]


@pytest.mark.parametrize("value", [["80/tcp"], "80/tcp", 80, True])
def test_ports_that_are_no_object_cannot_be_judged(value: Any) -> None:
    (message,) = refused(RULE, {"allow": []}, configured({"ExposedPorts": value}), "PlatformError")
    assert message.endswith("$.config.ExposedPorts is not an object")


def test_ports_in_another_case_cannot_be_judged() -> None:
    evidence = configured({"exposedPorts": {"22/tcp": {}}})
    assert refused(RULE, {"allow": []}, evidence, "PlatformError")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{}", r"^policy\.yaml:8:\d+: .*it allows every port"),
        ("{privileged: true}", "it allows every port"),
        ("{allow: [http]}", r"image-ports\.allow\[0\]: 'http' is no port"),
        ("{allow: [8080], privileged: no}", "must be true or false"),
        ("{allow: [80/tcp], privileged: false}", "80/tcp can never be allowed"),
        ("{allow: [0]}", "must be at least 1"),
        ("{allow: [80.5]}", "must be text or a whole number"),
    ],
)
def test_wrong_options_are_errors_at_load(options: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        policy(SIGNATURE, f"  - {RULE}: {options}\n")


def test_it_says_what_it_asks() -> None:
    assert asked(RULE, {"privileged": False}) == "the image exposes no port below 1024"
    assert asked(RULE, {"allow": []}) == "the image exposes no ports"
    assert asked(RULE, {"allow": ["8080"], "privileged": False}) == (
        "the image exposes no ports but 8080/tcp, and none below 1024"
    )
