"""Requests through proxies, as Docker's tools make them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry_server import Authority, Fault, Names, RegistryServer, Tripwire
from tests.unit.registry.remote import REPOSITORY, Time, client, contents
from verifier.errors import RegistryError, UsageError
from verifier.registry.http import Request
from verifier.registry.proxies import Proxies

CONTENTS = contents()
PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (None, None)),
        ({"HTTPS_PROXY": PROXY}, (PROXY, None)),
        ({"http_proxy": PROXY}, (None, PROXY)),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other.example"}, (PROXY, None)),
        ({"https_proxy": "", "HTTPS_PROXY": PROXY}, (PROXY, None)),
        ({"HTTPS_PROXY": "proxy.example:3128"}, (PROXY, None)),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, (None, None)),
    ],
)
def test_variables(environment: dict[str, str], expected: tuple[str | None, str | None]) -> None:
    proxies = Proxies.read(environment)
    assert (
        proxies.address("https", "r.example", None),
        proxies.address("http", "r.example", None),
    ) == expected


# What golang.org/x/net/http/httpproxy says of the same variables, in its documentation and tests.
@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "direct"),
    [
        ("r.example", "r.example", None, True),
        ("r.example", "a.r.example", None, True),
        ("r.example", "evil-r.example", None, False),
        ("r.example", "example", None, False),
        (".r.example", "a.r.example", None, True),
        (".r.example", "r.example", None, False),
        ("*.r.example", "a.r.example", None, True),
        ("R.Example", "r.example", None, True),
        (" other.example , r.example ", "r.example", None, True),
        ("r.example:443", "r.example", None, True),
        ("r.example:5000", "r.example", None, False),
        ("r.example:5000", "r.example", 5000, True),
        ("10.0.0.0/8", "10.1.2.3", None, True),
        ("10.0.0.0/8", "11.1.2.3", None, False),
        ("10.1.2.3", "10.1.2.3", 5000, True),
        ("10.1.2.3:5000", "10.1.2.3", 5000, True),
        ("fd00::/8", "fd00::1", None, True),
        ("[fd00::1]", "fd00::1", None, True),
        ("", "localhost", None, True),
        ("", "127.0.0.1", 5000, True),
        ("", "::1", None, True),
        ("", "localhost.example", None, False),
    ],
)
def test_hosts_that_go_without(no_proxy: str, host: str, port: int | None, direct: bool) -> None:
    proxies = Proxies.read({"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy})
    assert proxies.address("https", host, port) == (None if direct else PROXY)


@pytest.mark.parametrize(
    "address", ["socks5://user:canary@proxy.example", "http://:canary@", "ftp://x", "http://[", "http://h:x"]
)
def test_what_is_no_proxy_is_a_usage_error_without_its_password(address: str) -> None:
    with pytest.raises(UsageError, match="HTTPS_PROXY") as caught:
        Proxies.read({"https_proxy": address})
    assert "canary" not in f"{caught.value} {caught.value.hint}"
    assert "canary" not in repr(Proxies.read({"https_proxy": "http://user:canary@proxy.example"}))


@given(st.text(max_size=40), st.text(alphabet="a1.:/[]*", max_size=20))
def test_any_exception_and_host_can_be_compared(no_proxy: str, host: str) -> None:
    Proxies.read({"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}).address("https", host, 5000)


def test_a_request_goes_to_the_proxy_with_the_proxys_password() -> None:
    fault = Fault("^http://r.example/x$", body=b"through the proxy")
    with RegistryServer(CONTENTS, REPOSITORY, faults=[fault]) as proxy:
        names = Names({"proxy.example:3128": proxy.address})
        proxies = Proxies.read({"HTTP_PROXY": "http://user:password@proxy.example:3128"})
        with client(proxies=proxies, backend=names) as http:
            response = http.send(Request("http://r.example/x", 100, allow_http=["r.example"]))
        assert response.body == b"through the proxy"
        assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpwYXNzd29yZA=="
        assert names.asked == ["proxy.example:3128"]


def test_a_host_that_needs_no_proxy_never_meets_it() -> None:
    with Tripwire() as proxy, RegistryServer(CONTENTS, REPOSITORY, faults=[Fault("x", body=b"x")]) as there:
        names = Names({"proxy.example:3128": proxy.address, "r.example:80": there.address})
        proxies = Proxies.read({"HTTP_PROXY": PROXY, "NO_PROXY": "r.example"})
        with client(proxies=proxies, backend=names) as http:
            assert http.send(Request("http://r.example/x", 100, allow_http=["r.example"])).body == b"x"
    assert names.asked == ["r.example:80"]


def test_a_proxy_that_leads_nowhere_is_named_and_asked_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    time = Time()
    with RegistryServer(CONTENTS, REPOSITORY, faults=[Fault("", 407)]) as proxy:
        names = Names({"proxy.example:3128": proxy.address})
        proxies = Proxies.read({"HTTPS_PROXY": PROXY})
        with client(time, proxies=proxies, backend=names, ca_file=authority.file) as http:
            with pytest.raises(RegistryError, match=r"the proxy does not lead to r.example: 407") as caught:
                http.send(Request("https://r.example/x", 100, authorization="Bearer canary"))
        assert "NO_PROXY" in str(caught.value.hint)
        assert [(seen.method, seen.path) for seen in proxy.requests] == [("CONNECT", "r.example:443")]
        assert proxy.with_header("authorization") == []
    assert time.slept == []


def test_a_proxy_that_is_not_there_is_told_from_a_server_that_is_not() -> None:
    for environment, expected in (
        ({"HTTP_PROXY": PROXY}, "the proxy does not lead to r.example: it cannot be reached"),
        ({}, "r.example cannot be reached"),
    ):
        with client(proxies=Proxies.read(environment), backend=Names({})) as http:
            with pytest.raises(RegistryError) as caught:
                http.send(Request("http://r.example/x", 100, allow_http=["r.example"]))
            assert caught.value.message == expected
