"""Whatever a registry repeats, wherever it does, and however it is written: no secret is in a message."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry_server import Fault, Login, RegistryServer
from tests.unit.registry.remote import REPOSITORY, FixedKeychain, client, contents, registry
from verifier.errors import AuthError, RegistryError, VerifierError
from verifier.keychain.interface import Credentials
from verifier.model.digest import Digest
from verifier.registry.http import Request
from verifier.registry.proxies import Proxies
from verifier.registry.redaction import Redaction

CANARY = "Canary+pass/word4711"
USER = Credentials(username="user", password=CANARY)
PAIR = base64.b64encode(f"user:{CANARY}".encode()).decode()
# How a registry may write it; computed here with the standard library alone.
FORMS = {
    "plain": CANARY,
    "in another case": CANARY.lower(),
    "percent-encoded": quote(CANARY, safe=""),
    "as the header has it": PAIR,
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64 without padding": base64.urlsafe_b64encode(CANARY.encode()).decode().rstrip("="),
    "hexadecimal": CANARY.encode().hex(),
}
OTHER = "somebody+else/entirely"


def _error(code: str, message: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


def _manifest(**members: object) -> bytes:
    return json.dumps({"schemaVersion": 2, **members}).encode()


OCI = "application/vnd.oci.image.index.v1+json"
# The answer for the manifest in which the registry says the text.
PLACES: dict[str, Callable[[str], Fault]] = {
    "location": lambda text: Fault("manifests/", 302, {"Location": f"http://{text}@x/"}),
    "location, host": lambda text: Fault("manifests/", 302, {"Location": f"https://{text}.x:99999/"}),
    "location, no address": lambda text: Fault("manifests/", 302, {"Location": f"http://[{text}"}),
    "location, other scheme": lambda text: Fault("manifests/", 302, {"Location": f"{text}://x"}),
    "content type": lambda text: Fault("manifests/", 200, {"Content-Type": f"text/{text}"}, b"x"),
    "content type, of a document": lambda text: Fault(
        "manifests/", 200, {"Content-Type": text}, _manifest(mediaType=OCI, manifests=[])
    ),
    "content encoding": lambda text: Fault("manifests/", 200, {"Content-Encoding": text}, b"x"),
    "realm": lambda text: _challenge(f'Bearer realm="{text}",service="x"'),
    "realm, address": lambda text: _challenge(f'Bearer realm="ftp://x/{text}",service="x"'),
    "realm, host": lambda text: _challenge(f'Bearer realm="http://{text}/",service="x"'),
    "service": lambda text: _challenge(
        f'Bearer realm="nowhere",service="{text}",scope="{text}",error="{text}"'
    ),
    "error code": lambda text: Fault("manifests/", 403, body=_error(text, "no")),
    "error message": lambda text: Fault("manifests/", 500, body=_error("DENIED", f"no: {text}!")),
    "reason": lambda text: Fault(
        "manifests/", raw=f"HTTP/1.1 500 {text}\r\nContent-Length: 0\r\n\r\n".encode()
    ),
    "no HTTP": lambda text: Fault("manifests/", raw=f"{text} {text}\r\n\r\n".encode()),
    "media type": lambda text: Fault(
        "manifests/", 200, {"Content-Type": OCI}, _manifest(mediaType=text, manifests=[])
    ),
    "key": lambda text: Fault(
        "manifests/", 200, {"Content-Type": OCI}, f'{{"{text}":1,"{text}":2}}'.encode()
    ),
    "long": lambda text: Fault("manifests/", 200, {"Content-Type": "y" * 60 + text}, b"x"),
}


def _challenge(header: str) -> Fault:
    return Fault("manifests/", 401, {"WWW-Authenticate": header})


def said(fault: Fault) -> str:
    with RegistryServer(contents(), REPOSITORY, faults=[fault]) as server:
        with registry(server, keychain=FixedKeychain(server.address, USER)) as source:
            with pytest.raises(VerifierError) as caught:
                source.resolve()
    return f"{caught.value.message} {caught.value.hint} {caught.value}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_in_a_message(place: str, form: str) -> None:
    message = said(PLACES[place](FORMS[form])).casefold()
    for text in (*FORMS.values(), CANARY[:8], PAIR[:12]):
        assert text.casefold() not in message, message


SHOWN = {"location, no address", "content type", "realm", "error code", "error message", "media type", "long"}


@pytest.mark.parametrize("place", sorted(SHOWN))
def test_other_words_of_the_registry_are_shown(place: str) -> None:
    """The twin: it is the secret that is hidden."""
    assert OTHER[:10] in said(PLACES[place](OTHER))


def test_a_token_is_hidden_that_the_registry_gave_out() -> None:
    token = "given-token-0815"
    faults = [
        Fault("^/token", body=json.dumps({"token": token}).encode()),
        Fault("manifests/", 302, {"Location": f"http://{token}@x/"}, calls=(2,)),
    ]
    login = Login("Bearer", "user", CANARY)
    with RegistryServer(contents(), REPOSITORY, login=login, faults=faults) as server:
        with registry(server, keychain=FixedKeychain(server.address, USER)) as source:
            with pytest.raises(RegistryError) as caught:
                source.resolve()
    assert token not in f"{caught.value.message} {caught.value.hint}"


def test_an_entry_of_a_listing_that_cannot_be_read_hides_it_too() -> None:
    listing = _manifest(
        mediaType=OCI, manifests=[{"digest": f"sha256:{CANARY}", "mediaType": "x", "size": 1}]
    )
    fault = Fault("referrers/", 200, {"Content-Type": OCI}, listing)
    with RegistryServer(contents(), REPOSITORY, referrers=True, faults=[fault]) as server:
        with registry(server, keychain=FixedKeychain(server.address, USER)) as source:
            found = source.referrers(Digest.of(b"x"))
    (entry,) = found.unread
    assert CANARY not in f"{entry.what} {entry.reason}"
    assert "[hidden]" in entry.what


def test_where_credentials_cannot_be_had_the_error_comes_out_all_the_same() -> None:
    class Broken:
        def credentials(self, registry: str, repository: str) -> Credentials | None:
            raise AuthError("no keychain")

    with RegistryServer(contents(), REPOSITORY, faults=[PLACES["content type"](OTHER)]) as server:
        with registry(server, keychain=Broken()) as source, pytest.raises(RegistryError) as caught:
            source.resolve()
    assert OTHER[:10] in caught.value.message


def test_the_password_of_a_proxy_is_hidden() -> None:
    answer = f"HTTP/1.1 407 {CANARY}\r\nContent-Length: 0\r\n\r\n".encode()
    with RegistryServer(contents(), REPOSITORY, faults=[Fault("", raw=answer)]) as proxy:
        address = f"http://user:{quote(CANARY, safe='')}@{proxy.address}"
        with client(proxies=Proxies({"https": address})) as http:
            with pytest.raises(VerifierError) as caught:
                http.send(Request("https://registry.example/v2/", 100))
    assert CANARY not in f"{caught.value.message} {caught.value.hint}"


# --- the redaction itself ---


@given(st.text(min_size=6, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_of_some_length_is_always_hidden(secret: str, before: str, after: str) -> None:
    hidden = Redaction((secret,)).hide(f"{before}{secret}{after}")
    assert secret not in hidden or secret in f"{before}[hidden]{after}"


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("io", "docker.io says io, not ion", "docker.[hidden] says [hidden], not ion"),
        ("", "nothing is hidden", "nothing is hidden"),
        ("secret-1234", "cut: secret-12…", "cut: [hidden]…"),
        ("secret-1234", "cut: sec…", "cut: sec…"),
        ("it's \\ odd", "said 'it\\'s \\\\ odd'", "said '[hidden]'"),
        ("a\u202ebcdef", "said a\\u202ebcdef", "said [hidden]"),
    ],
)
def test_forms(secret: str, text: str, shown: str) -> None:
    assert Redaction((secret,)).hide(text) == shown


@pytest.mark.parametrize(
    ("addresses", "text", "shown"),
    [
        (["http://u:p%40ssword1@proxy:1"], "407 p@ssword1", "407 [hidden]"),
        (["http://proxy:1", "proxy"], "407 proxy", "407 proxy"),
        (["http://u:longer-one@proxy:1"], base64.b64encode(b"u:longer-one").decode(), "[hidden]"),
    ],
)
def test_addresses(addresses: list[str], text: str, shown: str) -> None:
    assert Redaction.of_addresses(addresses).hide(text).rstrip("=") == shown
