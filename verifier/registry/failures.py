"""What went wrong with a request, in words: the errors of httpcore, httpx and ssl become this program's."""

from __future__ import annotations

import socket
import ssl
from typing import Final

import httpcore
import httpx

from verifier.errors import RegistryError
from verifier.registry.retry import PassingError
from verifier.text import safe

# All that httpcore and httpx raise; ValueError (UnicodeError is one) for addresses that a server made up.
FAILURES: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    ssl.SSLError,
    ValueError,
)
_NO_TLS: Final = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"}


def explain(host: str, error: Exception) -> RegistryError:
    """Say what ``error`` means; a `PassingError` where asking again may help.

    Nothing of the request is repeated: its headers hold secrets.
    """
    match error:
        case httpcore.ConnectError():
            # The pool raises these "from None"; what ssl or the socket said is still their context.
            return _unreachable(host, error.__context__)
        case httpcore.ConnectTimeout() | httpcore.PoolTimeout():
            return PassingError(f"{host} could not be connected to in time", hint="is there a network?")
        case httpcore.TimeoutException():
            return PassingError(f"{host} did not answer in time", hint="try again later")
        case httpcore.ProxyError():
            return RegistryError(
                f"the proxy does not lead to {host}: {safe(error, limit=200)}",
                hint="HTTPS_PROXY and HTTP_PROXY name proxies, NO_PROXY the hosts that need none",
            )
        case httpcore.RemoteProtocolError() | httpcore.NetworkError() | ssl.SSLError():
            return PassingError(
                f"{host} broke off its answer: {safe(error, limit=200)}", hint="try again later"
            )
        case _:
            return RegistryError(
                f"{host} cannot be asked: {type(error).__name__}",
                hint="the address or the credentials have characters that HTTP does not allow",
            )


def _unreachable(host: str, cause: BaseException | None) -> RegistryError:
    match cause:
        case ssl.SSLCertVerificationError():
            return RegistryError(
                f"the certificate of {host} is not trusted: {safe(cause.verify_message)}",
                hint="SSL_CERT_FILE names a PEM file of the certificate authorities to trust",
            )
        case ssl.SSLError() if (cause.reason or "").upper() in _NO_TLS:
            return RegistryError(
                f"{host} does not speak TLS", hint=f"if that is meant to be so: --allow-http {host}"
            )
        case socket.gaierror():
            kind = PassingError if cause.errno == socket.EAI_AGAIN else RegistryError
            return kind(
                f"{host} cannot be found: {safe(cause.strerror)}",
                hint="is the name right, and is there a network?",
            )
        case OSError():
            return PassingError(
                f"{host} cannot be reached: {safe(cause.strerror or cause, limit=200)}",
                hint="is the name right, and is there a network?",
            )
        case _:
            return PassingError(
                f"{host} cannot be reached", hint="is the name right, and is there a network?"
            )
