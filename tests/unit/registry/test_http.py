"""Requests: redirects, limits, faults of the network, deadlines (CRD-02, DOS-02, FLT-01)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path

import pytest
import trustme

from tests.registry_server import Fault, RegistryServer, Tripwire
from tests.unit.registry.remote import REPOSITORY, Time, client, contents
from verifier.deadline import Deadline
from verifier.errors import LimitExceeded, RedirectError, RegistryError
from verifier.limits import ERROR_BODY_BYTES
from verifier.registry.http import HttpClient, Request
from verifier.registry.origins import origin

CONTENTS = contents()
SECRET = "Bearer a-canary-that-must-not-travel"


def server(*faults: Fault) -> RegistryServer:
    return RegistryServer(CONTENTS, REPOSITORY, faults=faults)


def ask(there: RegistryServer, path: str = "/start", **options: object) -> Request:
    settings = {"limit": 1000, "allow_http": [there.address], "authorization": SECRET} | options
    return Request(f"{there.scheme}://{there.address}{path}", **settings)  # type: ignore[arg-type]


def redirect(to: str, status: int = 307) -> Fault:
    return Fault("^/start$", status, {"Location": to})


def test_a_redirect_on_the_same_origin_keeps_the_credentials() -> None:
    with server(redirect("/end"), Fault("^/end$", body=b"x")) as there, client() as http:
        assert http.send(ask(there)).body == b"x"
        assert [seen.headers.get("authorization") for seen in there.requests] == [SECRET, SECRET]


def test_a_redirect_to_another_origin_drops_them() -> None:
    with server(Fault("^/end$", body=b"x")) as elsewhere:
        with server(redirect(f"http://{elsewhere.address}/end")) as there, client() as http:
            headers = {"Accept": "*/*", "X-Registry-Auth": "canary"}
            both = [there.address, elsewhere.address]
            response = http.send(ask(there, headers=headers, allow_http=both))
        assert response.body == b"x"
        (seen,) = elsewhere.requests
        assert "authorization" not in seen.headers
        assert "x-registry-auth" not in seen.headers
        assert seen.headers["accept"] == "*/*"


def test_a_redirect_back_home_does_not_bring_them_back() -> None:
    with server(Fault("^/end$", body=b"x")) as there:
        with server(Fault("^/middle$", 307, {"Location": f"http://{there.address}/end"})) as elsewhere:
            there.faults.append(redirect(f"http://{elsewhere.address}/middle"))
            with client() as http:
                http.send(ask(there, allow_http=[there.address, elsewhere.address]))
        assert "authorization" not in there.requests[-1].headers


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "",
        "http://user:pass@127.0.0.1/",
        "http://[",
        "//",
        "http://127.0.0.1:99999/",
        "http://:secret@127.0.0.1/",
        "http://127.0.0.1:0/",
    ],
)
def test_a_redirect_to_no_place_is_refused(to: str) -> None:
    with server(redirect(to)) as there, client() as http, pytest.raises(RedirectError):
        http.send(ask(there))


def test_a_redirect_without_tls_goes_to_allowed_hosts_alone() -> None:
    with Tripwire() as elsewhere:
        with server(redirect(f"http://{elsewhere.address}/")) as there, client() as http:
            with pytest.raises(RedirectError) as caught:
                http.send(ask(there))
            assert f"--allow-http {elsewhere.address}" in str(caught.value.hint)


def test_no_cookie_is_kept() -> None:
    """Cookies know no ports, so another server on the host would see them."""
    set_cookie = Fault("^/start$", headers={"Set-Cookie": "session=canary; Path=/"}, body=b"x")
    with server(set_cookie) as there, server(Fault("^/start$", body=b"x")) as elsewhere, client() as http:
        for asked in (there, there, elsewhere):
            http.send(ask(asked))
        assert there.with_header("cookie") == elsewhere.with_header("cookie") == []


def test_redirects_in_a_circle_and_without_end_are_refused() -> None:
    with server(redirect("/start")) as there, client() as http, pytest.raises(RedirectError, match="circle"):
        http.send(ask(there))
    steps = [Fault(f"^/{n}$", 302, {"Location": f"/{n + 1}"}) for n in range(6)]
    with server(*steps) as there, client() as http:
        with pytest.raises(RedirectError, match="more than 5"):
            http.send(ask(there, "/0"))
        assert len(there.requests) == 6
    with server(*steps[:5], Fault("^/5$", body=b"x")) as there, client() as http:
        assert http.send(ask(there, "/0")).body == b"x"


def test_a_redirect_that_is_not_to_be_followed_is_the_answer() -> None:
    with Tripwire() as elsewhere:
        for status, follow in ((307, "nowhere"), (303, "nowhere"), (303, "equivalent")):
            away = redirect(f"http://{elsewhere.address}/", status)
            with server(away) as there, client() as http:
                assert http.send(ask(there, follow=follow)).status == status
    for status in (303, 307):
        with server(redirect("/end", status), Fault("^/end$", body=b"x")) as there, client() as http:
            assert http.send(ask(there, follow="nowhere")).status == status
            assert http.send(ask(there, follow="equivalent")).body == b"x"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_what_is_at_another_host_now_is_asked_for_there_without_credentials(status: int) -> None:
    with server(Fault("^/end$", body=b"x")) as elsewhere:
        away = redirect(f"http://{elsewhere.address}/end", status)
        with server(away) as there, client() as http:
            allowed = [there.address, elsewhere.address]
            asked = ask(there, follow="equivalent", authorization="Basic eA==", allow_http=allowed)
            assert http.send(asked).body == b"x"
            assert there.with_header("authorization")
            assert elsewhere.with_header("authorization") == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def ca_file(authority: trustme.CA, folder: Path) -> str:
    path = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_tls_with_a_trusted_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    context = tls(authority, "127.0.0.1")
    with RegistryServer(CONTENTS, REPOSITORY, tls=context, faults=[Fault("^/start$", body=b"x")]) as there:
        with client(ca_file=ca_file(authority, tmp_path)) as http:
            assert http.send(ask(there, allow_http=())).body == b"x"
        with client() as http:
            with pytest.raises(RegistryError, match="is not trusted") as caught:
                http.send(ask(there, allow_http=()))
            assert "SSL_CERT_FILE" in str(caught.value.hint)


def test_tls_with_another_hosts_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    context = tls(authority, "registry.example")
    time = Time()
    with RegistryServer(CONTENTS, REPOSITORY, tls=context) as there:
        with client(time, ca_file=ca_file(authority, tmp_path)) as http:
            with pytest.raises(RegistryError, match=r"is not trusted: .*mismatch"):
                http.send(ask(there, allow_http=()))
    # Asking again cannot help, and nothing is tried without TLS.
    assert time.slept == []
    assert there.requests == []


def test_tls_with_a_certificate_that_has_ended(authority: trustme.CA, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(context)
    with RegistryServer(CONTENTS, REPOSITORY, tls=context) as there:
        with client(ca_file=ca_file(authority, tmp_path)) as http:
            with pytest.raises(RegistryError, match=r"is not trusted: .*expired"):
                http.send(ask(there, allow_http=()))


def test_no_redirect_leaves_tls(authority: trustme.CA, tmp_path: Path) -> None:
    """REG-06: also where plain HTTP is allowed with the host."""
    with Tripwire() as plain:
        away = redirect(f"http://{plain.address}/")
        with RegistryServer(CONTENTS, REPOSITORY, tls=tls(authority, "127.0.0.1"), faults=[away]) as there:
            with client(ca_file=ca_file(authority, tmp_path)) as http:
                with pytest.raises(RedirectError, match="from https to http"):
                    http.send(ask(there, allow_http=[there.address, plain.address]))


def test_plain_http_needs_leave() -> None:
    with Tripwire() as there, client() as http:
        port = there.address.rpartition(":")[2]
        for others in ((), ["127.0.0.1"], ["localhost", f"localhost:{port}"], [f"127.0.0.1:{port}0"]):
            with pytest.raises(RegistryError, match="without TLS"):
                http.send(ask(there, allow_http=others))


def test_a_server_without_tls_gets_a_hint() -> None:
    with server() as there, client() as http:
        with pytest.raises(RegistryError) as caught:
            http.send(Request(f"https://{there.address}/", 10))
        assert f"--allow-http {there.address}" in str(caught.value.hint)


def test_a_closed_port_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with client() as http, pytest.raises(RegistryError, match=f"127.0.0.1:{port} cannot be reached"):
        http.send(Request(f"http://127.0.0.1:{port}/", 10, allow_http=[f"127.0.0.1:{port}"]))


def test_a_body_may_have_as_many_bytes_as_allowed_and_not_one_more() -> None:
    with server(Fault("^/start$", body=b"x" * 10)) as there, client() as http:
        assert len(http.send(ask(there, limit=10)).body) == 10
        with pytest.raises(LimitExceeded):
            http.send(ask(there, limit=9))


def test_the_page_of_an_error_may_be_longer_than_what_was_asked_for() -> None:
    with server(Fault("^/start$", 404, body=b"x" * 50_000)) as there, client() as http:
        response = http.send(ask(there, limit=10))
        assert (response.status, len(response.body)) == (404, ERROR_BODY_BYTES)


ENDLESS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5000
RAW: dict[str, tuple[bytes, type[Exception]]] = {
    "no length and too much": (ENDLESS, LimitExceeded),
    "a cut chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc", RegistryError),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", RegistryError),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", RegistryError),
    "nothing": (b"", RegistryError),
    "a header without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, RegistryError),
    "more than its length": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", RegistryError),
    "less than its length": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", RegistryError),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", RegistryError),
}


@pytest.mark.parametrize("name", RAW)
def test_an_answer_that_is_broken(name: str) -> None:
    raw, error = RAW[name]
    with server(Fault("^/start$", raw=raw)) as there, client() as http, pytest.raises(error):
        http.send(ask(there))


def test_an_answer_that_is_whole() -> None:
    """The positive twin of those above."""
    for raw in (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc",
    ):
        with server(Fault("^/start$", raw=raw)) as there, client() as http:
            assert http.send(ask(there)).body == b"abc"


def drip(time: Time, head: bytes) -> Callable[[], Iterator[bytes]]:
    """One byte every ten seconds, for ever."""

    def pieces() -> Iterator[bytes]:
        for byte in chain(head, repeat(ord("x"))):
            time.now += 10
            yield bytes([byte])

    return pieces


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_does_not_outlast_the_deadline(head: bytes) -> None:
    """DOS-02: neither in its head nor in its body, though something always comes in time."""
    time = Time()
    with server(Fault("^/start$", pieces=drip(time, head))) as there, client(time) as http:
        with pytest.raises(LimitExceeded, match="longer than 60 seconds"):
            http.send(ask(there, limit=10**9))
    assert len(there.requests) == 1


def test_a_handshake_that_stalls_does_not_outlast_the_deadline() -> None:
    """FLT-01: the connection stands, and nothing comes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with (
            HttpClient(Deadline(0.2)) as http,
            pytest.raises(LimitExceeded, match=r"longer than 0\.2 seconds"),
        ):
            http.send(Request(f"https://{address}/start", 10))


def test_a_secret_with_a_line_break_is_not_repeated() -> None:
    """CRD-05."""
    with server() as there, client() as http:
        with pytest.raises(RegistryError) as caught:
            http.send(ask(there, authorization="Bearer canary\n"))
        assert there.requests == []
    assert "canary" not in f"{caught.value} {caught.value.hint} {ask(there)!r}"


def test_time_that_is_up_is_a_limit_of_its_own() -> None:
    time = Time()
    with server(Fault("^/start$", body=b"x")) as there, client(time, seconds=5) as http:
        assert http.send(ask(there)).body == b"x"
        time.now = 5
        with pytest.raises(LimitExceeded) as caught:
            http.send(ask(there))
        assert "--timeout" in str(caught.value.hint)
        assert len(there.requests) == 1


def test_a_deadline_counts_down() -> None:
    time = Time()
    deadline = Deadline(3, clock=time.clock)
    time.now = 2
    assert deadline.left() == 1
    time.now = 3
    with pytest.raises(LimitExceeded, match="longer than 3 seconds"):
        deadline.left()


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "junk.pem").write_text("junk")
    for name in ("junk.pem", "absent.pem"):
        with pytest.raises(RegistryError, match=name):
            with client(ca_file=str(tmp_path / name)):
                pass


@pytest.mark.parametrize(
    "url",
    ["", "/x", "ftp://h/", "https:///x", "https://u@h/", "https://:p@h/", "https://h:0/", "https://[x]/"],
)
def test_what_is_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match="not a URL"):
        origin(url)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://a.example/x") == origin("https://A.example:443/y")
    others = ["http://a.example/", "https://a.example:444/", "https://b.example/"]
    assert not any(origin(other) == origin("https://a.example/") for other in others)


def test_an_origin_is_named_as_references_name_it() -> None:
    names = ["https://a.example/", "https://a.example:5000/", "http://a.example:443/", "https://[::1]:5000/"]
    assert [origin(url).authority for url in names] == [
        "a.example",
        "a.example:5000",
        "a.example:443",
        "[::1]:5000",
    ]
