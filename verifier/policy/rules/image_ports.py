"""The image exposes no other ports than it may."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from verifier.errors import InputError
from verifier.model.finding import Finding
from verifier.policy.interface import Case, Context, OptionError, RuleSpec, Withheld
from verifier.policy.rules.image_config import execution, judged, mapping
from verifier.policy.rules.options import at
from verifier.policy.rules.outcome import denied, passed
from verifier.text import safe

_PORTS = re.compile(r"([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?(?:/([A-Za-z]{3,4}))?")
_PROTOCOLS = {"tcp", "udp", "sctp"}
_PRIVILEGED = 1024  # ports below are for root alone, ip(7)


class Ports(NamedTuple):
    """The ports of ``protocol`` from ``first`` to ``last``."""

    protocol: str
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Ports:
        """``80``, ``80/udp``, ``8000-8010/tcp``; without a protocol it is tcp. Raises `InputError`.

        OCI image specification 1.1, config.md, ``ExposedPorts``; the range is Docker's.
        """
        match = _PORTS.fullmatch(text)
        protocol = (match[3] or "tcp").lower() if match else ""
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if protocol not in _PROTOCOLS or not first <= last <= 65535:
            raise InputError(
                f"{safe(text, limit=60)!r} is no port", hint="write 8080/tcp, 53/udp or 8000-8010/tcp"
            )
        return cls(protocol, first, last)

    def __str__(self) -> str:
        numbers = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{numbers}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class ImagePorts:
    """Every exposed port is one of ``allowed``, where that is not None, and none is privileged unless
    ``privileged`` is so."""

    id: ClassVar[str] = "image-ports"
    signers: ClassVar[tuple[str, ...]] = ()
    withheld: ClassVar[Withheld] = Withheld.NOTHING
    allowed: tuple[Ports, ...] | None
    privileged: bool

    def asks(self) -> str:
        """See `Rule.asks`."""
        if self.allowed is None:
            return f"the image exposes no port below {_PRIVILEGED}"
        some = f"no ports but {', '.join(map(str, self.allowed))}" if self.allowed else "no ports"
        return f"the image exposes {some}{'' if self.privileged else f', and none below {_PRIVILEGED}'}"

    def evaluate(self, case: Case) -> Iterator[Finding]:
        """See `Rule.evaluate`."""
        return judged(self.id, case, lambda: self._look(case))

    def _look(self, case: Case) -> Iterator[Finding]:
        exposed = mapping(execution(case), "ExposedPorts")
        said = [(text, self._problem(text)) for text in exposed]
        for text, problem in said:
            if problem is not None:
                message = f"the image exposes {safe(text, limit=60)!r}, {problem}"
                hint = "expose another port in the image (EXPOSE), or allow this one"
                yield denied(self.id, case, message, hint=hint, element="$.config.ExposedPorts")
        if not any(problem for _, problem in said):
            names = ", ".join(safe(text, limit=60) for text in list(exposed)[:10])
            yield passed(self.id, case, f"the image exposes {names or 'no port'}")

    def _problem(self, text: str) -> str | None:
        try:
            ports = Ports.parse(text)
        except InputError:
            return "which is no port"
        if self.allowed is not None and not any(_covers(one, ports) for one in self.allowed):
            return f"which is not among {', '.join(map(str, self.allowed)) or 'the ports allowed (none is)'}"
        if not self.privileged and ports.first < _PRIVILEGED:
            return f"which is below {_PRIVILEGED} and for root alone"
        return None


def _covers(allowed: Ports, ports: Ports) -> bool:
    return allowed.protocol == ports.protocol and allowed.first <= ports.first and ports.last <= allowed.last


def _merged(ports: Iterable[Ports]) -> tuple[Ports, ...]:
    """``ports`` with those joined that touch, so that a range lies in one of them or is not allowed."""
    merged: list[Ports] = []
    for one in sorted(ports):
        last = merged[-1] if merged else None
        if last is not None and last.protocol == one.protocol and one.first <= last.last + 1:
            merged[-1] = last._replace(last=max(last.last, one.last))
        else:
            merged.append(one)
    return tuple(merged)


def build(options: Mapping[str, Any], _: Context) -> ImagePorts:
    """Make the rule from its options. Raises `OptionError`."""
    privileged = options.get("privileged", True)
    if "allow" not in options:
        if privileged:
            raise OptionError(
                "it allows every port, so it asks for nothing", hint="write 'allow: [8080/tcp]'"
            )
        return ImagePorts(None, privileged)
    ports = [at(("allow", number), Ports.parse, str(one)) for number, one in enumerate(options["allow"])]
    for number, one in enumerate(ports):
        if not privileged and one.last < _PRIVILEGED:
            raise OptionError(f"{one} can never be allowed with 'privileged: false'", path=("allow", number))
    return ImagePorts(_merged(ports), privileged)


SPEC = RuleSpec(
    id=ImagePorts.id,
    title="Exposed ports",
    what="""\
The ports that the configuration of every platform says are for use (`EXPOSE` in a Dockerfile). That is what
the image says of itself: nothing hinders its programs from listening elsewhere.""",
    options={
        "allow": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "anyOf": [
                    {"type": "string", "minLength": 1, "maxLength": 20},
                    {"type": "integer", "minimum": 1, "maximum": 65535},
                ]
            },
            "description": "The ports that may be exposed: 8080/tcp, 53/udp, 8000-8010/tcp; without a"
            " protocol it is tcp. An empty list: none may be.",
        },
        "privileged": {
            "type": "boolean",
            "description": "Whether ports below 1024, which are for root alone, may be exposed. Default:"
            " true.",
        },
    },
    example="""\
- image-ports:
    allow: [8080/tcp, 9090/tcp]
    privileged: false
""",
    fix="Let the program listen on an allowed port, and expose that one. A port of the base image stays"
    " exposed: choose another base, or allow it.",
    build=build,
)
