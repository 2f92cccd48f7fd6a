"""Requests: redirects, limits, faults of the network, deadlines (CRD-02, DOS-02, FLT-01)."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import trustme

from tests.registry_server import Fault, RegistryServer, Tripwire
from tests.unit.registry.remote import REPOSITORY, Time, client, contents
from verifier.deadline import Deadline
from verifier.errors import LimitExceeded, RedirectError, RegistryError
from verifier.registry.http import Request, origin

CONTENTS = contents()
SECRET = "Bearer a-canary-that-must-not-travel"


def server(*faults: Fault) -> RegistryServer:
    return RegistryServer(CONTENTS, REPOSITORY, faults=faults)


def ask(there: RegistryServer, path: str = "/start", **options: object) -> Request:
    settings: dict[str, object] = {"limit": 1000, "allow_http": True, "authorization": SECRET} | options
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
            response = http.send(ask(there, headers=headers))
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
                http.send(ask(there))
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
    ],
)
def test_a_redirect_to_no_place_is_refused(to: str) -> None:
    with server(redirect(to)) as there, client() as http, pytest.raises(RedirectError):
        http.send(ask(there))


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
        with server(redirect(f"http://{elsewhere.address}/")) as there, client() as http:
            assert http.send(ask(there, follow=False)).status == 307
        assert elsewhere.requests == []


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
            assert http.send(ask(there, allow_http=False)).body == b"x"
        with client() as http:
            with pytest.raises(RegistryError, match="CERTIFICATE_VERIFY_FAILED") as caught:
                http.send(ask(there, allow_http=False))
            assert "not trusted" in str(caught.value.hint)


def test_tls_with_another_hosts_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    context = tls(authority, "registry.example")
    with RegistryServer(CONTENTS, REPOSITORY, tls=context) as there:
        with client(ca_file=ca_file(authority, tmp_path)) as http, pytest.raises(RegistryError):
            http.send(ask(there, allow_http=False))


def test_no_redirect_leaves_tls(authority: trustme.CA, tmp_path: Path) -> None:
    """REG-06: also where plain HTTP is allowed with the host."""
    with Tripwire() as plain:
        away = redirect(f"http://{plain.address}/")
        with RegistryServer(CONTENTS, REPOSITORY, tls=tls(authority, "127.0.0.1"), faults=[away]) as there:
            with client(ca_file=ca_file(authority, tmp_path)) as http, pytest.raises(RedirectError):
                http.send(ask(there))
        assert plain.requests == []


def test_plain_http_needs_leave() -> None:
    with Tripwire() as there, client() as http:
        with pytest.raises(RegistryError, match="without TLS"):
            http.send(ask(there, allow_http=False))
        assert there.requests == []


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
        http.send(Request(f"http://127.0.0.1:{port}/", 10, allow_http=True))


def test_a_body_may_have_as_many_bytes_as_allowed_and_not_one_more() -> None:
    with server(Fault("^/start$", body=b"x" * 10)) as there, client() as http:
        assert len(http.send(ask(there, limit=10)).body) == 10
        with pytest.raises(LimitExceeded):
            http.send(ask(there, limit=9))


ENDLESS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5000
RAW: dict[str, tuple[bytes, type[Exception]]] = {
    "no length and too much": (ENDLESS, LimitExceeded),
    "a cut chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc", RegistryError),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", RegistryError),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", RegistryError),
    "nothing": (b"", RegistryError),
    "a header without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, RegistryError),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", RegistryError),
}


@pytest.mark.parametrize("name", RAW)
def test_an_answer_that_is_broken(name: str) -> None:
    raw, error = RAW[name]
    with server(Fault("^/start$", raw=raw)) as there, client() as http, pytest.raises(error):
        http.send(ask(there))


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


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://a.example/x") == origin("https://A.example:443/y")
    others = ["http://a.example/", "https://a.example:444/", "https://b.example/"]
    assert not any(origin(other) == origin("https://a.example/") for other in others)
