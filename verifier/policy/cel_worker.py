"""The process in which CEL expressions are evaluated.

One evaluation can take any time and memory, and nothing inside a process can end it. So it happens here, in
a process that holds nothing but the facts it is sent, that limits itself, and that `cel_process` ends.
Frames of JSON, each after its length in four bytes, go in and out. It imports as little as it can.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Self

from verifier.errors import VerifierError
from verifier.limits import CEL_MEMORY, CEL_REQUEST_BYTES, CEL_SECONDS, MESSAGE_LENGTH
from verifier.policy.cel import Activation, EvaluationError, Program, activation, compile_expression

OUT_OF_MEMORY = 3
"""The exit code that says what it means."""

# The escape of a NUL in JSON: after an even number of backslashes.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def main() -> None:
    """Answer requests until there are none."""
    # Ctrl-C ends it at once, in the middle of an evaluation as well: Python's own way is to wait for its end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever a library reads or prints is no request and no answer.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    try:
        _limit_memory()
        compile_expression("true", None, "bool")
        write_frame(answers, {"ready": True})
        while (frame := read_frame(requests, CEL_REQUEST_BYTES)) is not None:
            _limit_time()
            write_frame(answers, _answer(frame))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except VerifierError as error:
        write_frame(answers, {"ready": False, "problem": error.message})
    except (OSError, ValueError, KeyError, TypeError):
        os._exit(1)


def read_frame(stream: IO[bytes], limit: int) -> bytes | None:
    """The next frame; None at the end of the stream, and where a frame is cut short or over ``limit``."""
    head = stream.read(4)
    if len(head) < 4 or int.from_bytes(head, "big") > limit:
        return None
    length = int.from_bytes(head, "big")
    frame = stream.read(length)
    return frame if len(frame) == length else None


def write_frame(stream: IO[bytes], value: Mapping[str, Any]) -> None:
    """Write ``value`` as one frame."""
    frame = json.dumps(value, allow_nan=False).encode()
    stream.write(len(frame).to_bytes(4, "big") + frame)
    stream.flush()


def _answer(frame: bytes) -> dict[str, Any]:
    """What became of each element: those that fail, and how many do not apply."""
    request: dict[str, Any] = json.loads(frame)
    answer: dict[str, Any] = {"id": request["id"], "seen": 0, "skipped": 0, "failed": []}
    suspect = _NUL.search(frame) is not None
    try:
        programs = _Programs.of(request)
        facts = {**request["facts"], "now": datetime.fromisoformat(request["now"])}
        if suspect:
            _refuse_nul(request["facts"])
    except VerifierError as error:
        return {**answer, "problem": error.message}
    for number, element in enumerate(request["elements"]):
        answer["seen"] += 1
        try:
            if suspect:
                _refuse_nul(element)
            if not programs.apply(these := _with(facts, request["each"], element)):
                answer["skipped"] += 1
            elif not programs.check.holds(these):
                answer["failed"].append([number, None, programs.say(these)])
        except EvaluationError as error:
            answer["failed"].append([number, error.message, None])
    return answer


@dataclass(frozen=True, slots=True)
class _Programs:
    check: Program
    when: Program | None
    message: Program | None

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self:
        element, when, message = request["each"], request["when"], request["message"]
        return cls(
            compile_expression(request["check"], element, "bool"),
            None if when is None else compile_expression(when, element, "bool"),
            None if message is None else compile_expression(message, element, "string"),
        )

    def apply(self, facts: Activation) -> bool:
        return self.when is None or self.when.holds(facts)

    def say(self, facts: Activation) -> str | None:
        """What the policy has to say; nothing where that cannot be had, since the check fails either way."""
        if self.message is not None:
            with contextlib.suppress(EvaluationError):
                return self.message.text(facts)[:MESSAGE_LENGTH]
        return None


def _with(facts: Mapping[str, Any], name: str | None, element: Any) -> Activation:
    return activation(facts if name is None else {**facts, name: element}, name)


def _refuse_nul(value: Any) -> None:
    """Raise `EvaluationError` where a text in ``value`` holds a NUL: the library reads no further than to it.

    So it would take ``good\\0evil`` for ``good``.
    """
    level = [value]
    while level:
        node = level.pop()
        if isinstance(node, str) and "\0" in node:
            raise EvaluationError("a text among the facts holds a NUL character")
        if isinstance(node, dict):
            level += [*node, *node.values()]
        elif isinstance(node, list):
            level += node


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    # Where the platform cannot limit it, there is the deadline alone.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (CEL_MEMORY, CEL_MEMORY))


def _limit_time() -> None:
    """End with this process what nobody waits for any more: the request takes no more than its time."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + CEL_SECONDS) + 2
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main()
