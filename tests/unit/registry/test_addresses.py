"""Connections inside a network, where somebody else chose the name (CRD-03)."""

from __future__ import annotations

import pytest

from tests.registry_server import Fault, RegistryServer, Tripwire
from tests.sigstore_instance.layout import Contents
from verifier.deadline import Deadline
from verifier.registry.addresses import AddressGuard, AddressNotAllowedError, is_public, may_be_public
from verifier.registry.http import HttpClient, Request
from verifier.registry.retry import Retries

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "64:ff9b:1::7f00:1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "fec0::1",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "64:ff9b::a00:1",
    "64:ff9b::a83f:8110",
    "2002:a83f:8110::1",
    "2002:a9fe:a9fe::",
    "ff0e::1",
    "2001:db8::1",
    "100::1",
    "198.18.0.1",
    "192.0.2.1",
    "0:0:0:0:0:ffff:7f00:1",
    "2130706433",
    "0x7f.1",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_a_network_is_not_public(address: str) -> None:
    assert not is_public(address)
    assert not may_be_public(address)
    assert not may_be_public(f"[{address}]")


PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "168.63.129.17",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert may_be_public(address)


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("auth.example", True),
        ("auth.example.", True),
        ("1.example", True),
        ("localhost", False),
        ("auth", False),
        ("auth.localhost", False),
        ("auth.LOCALHOST.", False),
        ("0x7f.0.0.0x1", False),
        ("127.1", False),
        ("example.0x7f000001", False),
    ],
)
def test_a_name_is_no_address_and_may_lead_to_a_public_one(name: str, public: bool) -> None:
    assert not is_public(name)
    assert may_be_public(name) is public


def test_one_address_inside_is_enough_to_refuse() -> None:
    answers = {"good.example": ["8.8.8.8", "1.1.1.1"], "mixed.example": ["8.8.8.8", "10.0.0.1"]}
    guard = AddressGuard([], resolve=lambda host, _: answers[host])
    assert guard.addresses("good.example", 443) == ["8.8.8.8", "1.1.1.1"]
    with pytest.raises(AddressNotAllowedError) as caught:
        guard.addresses("mixed.example", 443)
    assert caught.value.code == "RegistryError"
    assert (
        caught.value.message == "mixed.example leads to 10.0.0.1, which is inside a network; nothing was sent"
    )
    assert caught.value.hint == "if this is your registry, say so: --allow-private-registry mixed.example"


def test_a_name_is_resolved_once_and_that_answer_is_used() -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    guard = AddressGuard([], resolve=lambda *_: next(answers))
    assert guard.addresses("rebinding.example", 443) == ["8.8.8.8"]


@pytest.mark.parametrize("name", ["registry.test", "registry.test:5000"])
def test_a_host_that_is_allowed_by_name_may_be_anywhere(name: str) -> None:
    guard = AddressGuard([name], resolve=lambda *_: ["10.0.0.1"])
    assert guard.addresses("registry.test", 5000) == ["registry.test"]
    for host, port in (("registry.test.evil", 5000), ("evil-registry.test", 5000)):
        with pytest.raises(AddressNotAllowedError):
            guard.addresses(host, port)


def test_a_port_that_is_named_allows_no_other() -> None:
    guard = AddressGuard(["registry.test:5000"], resolve=lambda *_: ["10.0.0.1"])
    with pytest.raises(AddressNotAllowedError):
        guard.addresses("registry.test", 6443)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_nothing_connects_inside_unless_it_is_allowed(host: str) -> None:
    with Tripwire() as tripwire:
        authority = f"{host}:{tripwire.address.partition(':')[2]}"
        with client([]) as refusing, pytest.raises(AddressNotAllowedError):
            refusing.send(Request(f"http://{authority}/v2/", 100, allow_http=[authority]))
    with RegistryServer(Contents({}, {}, {}), "none") as server:
        authority = f"{host}:{server.address.partition(':')[2]}"
        with client([authority]) as allowing:
            allowing.send(Request(f"http://{authority}/v2/", 100, allow_http=[authority]))
        assert server.connections == 1


def client(allowed: list[str]) -> HttpClient:
    return HttpClient(Deadline(10), retries=Retries(count=0), guard=AddressGuard(allowed))


def test_a_redirect_does_not_lead_inside() -> None:
    with Tripwire() as tripwire:
        there = f"localhost:{tripwire.address.partition(':')[2]}"
        fault = Fault("^/v2/", status=307, headers={"Location": f"http://{there}/secret"})
        with RegistryServer(Contents({}, {}, {}), "none", faults=[fault]) as server:
            request = Request(f"http://{server.address}/v2/", 100, allow_http=[server.address, there])
            with client([server.address]) as guarded, pytest.raises(AddressNotAllowedError):
                guarded.send(request)
            assert server.connections == 1
