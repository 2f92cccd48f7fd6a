"""What a trusted_root.json holds: authorities and logs, each with the time in which it is trusted.

protobuf-specs, sigstore_trustroot.proto (``TrustedRoot``), in protobuf's JSON form.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from verifier.errors import TrustRootError
from verifier.limits import TRUSTED_ROOT_BYTES
from verifier.model.trust import TrustRoot
from verifier.strict_json import Json, StrictJsonError, loads_object
from verifier.text import rfc3339, safe
from verifier.trustroot.material import problem_of_certificate, problem_of_key

_MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Window:
    """The closed interval in which something is trusted; without ``end``, until further notice."""

    start: datetime
    end: datetime | None

    def contains(self, time: datetime) -> bool:
        """Whether ``time`` lies in it, both ends included."""
        return self.start <= time and (self.end is None or time <= self.end)

    def __str__(self) -> str:
        end = f"to {rfc3339(self.end)}" if self.end else "on"
        return f"from {rfc3339(self.start)} {end}"


@dataclass(frozen=True, slots=True)
class Log:
    """A transparency or certificate transparency log. ``position`` is its place in the file's list."""

    log_id: bytes
    url: str
    window: Window
    position: int


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate or timestamp authority: its chain as DER, and when it is trusted."""

    certificates: tuple[bytes, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class Authorities:
    """All that is trusted."""

    certificate_authorities: tuple[Authority, ...]
    logs: tuple[Log, ...]
    ct_logs: tuple[Log, ...]
    timestamp_authorities: tuple[Authority, ...]


def read_authorities(root: TrustRoot) -> Authorities:
    """Read ``root``, or raise `TrustRootError` that names the member that is wrong.

    Every certificate and key is parsed, so that a broken one is found before the root is taken into use.
    A root without logs, without certificate authorities or with two logs of one id is refused: nothing
    could be verified with it, or two keys would speak for one log.
    """
    try:
        document = loads_object(root.raw, limit=TRUSTED_ROOT_BYTES)
    except StrictJsonError as error:
        raise TrustRootError(
            f"{root.source} is not a trusted root: {safe(error)}",
            hint="a trusted root is the file trusted_root.json of a Sigstore instance",
        ) from None
    reader = _Reader(root.source)
    if document.get("mediaType") != _MEDIA_TYPE:
        raise reader.error("mediaType", f"unsupported format {safe(document.get('mediaType'))!r}")
    authorities = Authorities(
        certificate_authorities=reader.authorities(document, "certificateAuthorities"),
        logs=reader.logs(document, "tlogs"),
        ct_logs=reader.logs(document, "ctlogs"),
        timestamp_authorities=reader.authorities(document, "timestampAuthorities"),
    )
    for name, found in (
        ("tlogs", authorities.logs),
        ("certificateAuthorities", authorities.certificate_authorities),
        ("ctlogs", authorities.ct_logs),
    ):
        if not found:
            raise reader.error(name, "empty or absent: no signature could be verified")
    return authorities


class _Reader:
    """Reads members and says where one is wrong."""

    def __init__(self, source: str) -> None:
        self._source = source

    def error(self, at: str, problem: str) -> TrustRootError:
        return TrustRootError(
            f"{self._source}: {at}: {problem}",
            hint="get the file again from the Sigstore instance that made the signatures",
        )

    def _items(self, document: dict[str, Json], name: str) -> list[tuple[str, dict[str, Json]]]:
        value = document.get(name, [])
        if not isinstance(value, list):
            raise self.error(name, "not a list")
        items = []
        for number, item in enumerate(value):
            if not isinstance(item, dict):
                raise self.error(f"{name}[{number}]", "not an object")
            items.append((f"{name}[{number}]", item))
        return items

    def _object(self, parent: dict[str, Json], name: str, at: str) -> dict[str, Json]:
        value = parent.get(name)
        if not isinstance(value, dict):
            raise self.error(f"{at}.{name}", "missing or not an object")
        return value

    def _bytes(self, parent: dict[str, Json], name: str, at: str) -> bytes:
        value = parent.get(name)
        if not isinstance(value, str) or not value:
            raise self.error(f"{at}.{name}", "missing")
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise self.error(f"{at}.{name}", "not base64") from None

    def _time(self, parent: dict[str, Json], name: str, at: str) -> datetime | None:
        value = parent.get(name)
        if value is None:
            return None
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise self.error(f"{at}.{name}", "not an RFC 3339 time")
        zone = "+00:00" if match[3] == "Z" else match[3]
        try:
            whole = datetime.fromisoformat(match[1] + zone).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.error(f"{at}.{name}", "not a time that exists") from None
        return whole + timedelta(microseconds=int((match[2] or "0").ljust(6, "0")[:6]))

    def _window(self, parent: dict[str, Json], at: str) -> Window:
        window = self._object(parent, "validFor", at)
        start = self._time(window, "start", f"{at}.validFor")
        if start is None:
            raise self.error(f"{at}.validFor.start", "missing: it would be trusted since ever")
        return Window(start, self._time(window, "end", f"{at}.validFor"))

    def authorities(self, document: dict[str, Json], name: str) -> tuple[Authority, ...]:
        found = []
        for at, item in self._items(document, name):
            chain = self._object(item, "certChain", at)
            certificates = tuple(
                self._bytes(certificate, "rawBytes", f"{at}.certChain.{place}")
                for place, certificate in self._items(chain, "certificates")
            )
            if not certificates:
                raise self.error(f"{at}.certChain", "no certificate")
            for place, certificate in enumerate(certificates):
                if problem := problem_of_certificate(certificate):
                    raise self.error(f"{at}.certChain.certificates[{place}].rawBytes", problem)
            found.append(Authority(certificates, self._window(item, at)))
        return tuple(found)

    def logs(self, document: dict[str, Json], name: str) -> tuple[Log, ...]:
        found: dict[bytes, Log] = {}
        for position, (at, item) in enumerate(self._items(document, name)):
            key = self._object(item, "publicKey", at)
            der = self._bytes(key, "rawBytes", f"{at}.publicKey")
            if problem := problem_of_key(der):
                raise self.error(f"{at}.publicKey.rawBytes", problem)
            # RFC 6962, section 3.2: a log is known by the hash of its public key. Rekor v2 has ids of its
            # own (C2SP tlog-checkpoint), which the file states.
            log_id = hashlib.sha256(der).digest()
            if "logId" in item:
                log_id = self._bytes(self._object(item, "logId", at), "keyId", f"{at}.logId")
            if log_id in found:
                raise self.error(f"{at}.logId", "a second log with the same id")
            url = item.get("baseUrl")
            window = self._window(key, f"{at}.publicKey")
            found[log_id] = Log(log_id, url if isinstance(url, str) else "", window, position)
        return tuple(found.values())
