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
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from verifier.errors import VerifierError
from verifier.limits import CEL_ANSWER_BYTES, CEL_MEMORY, CEL_REQUEST_BYTES, CEL_SECONDS, MESSAGE_LENGTH
from verifier.policy.cel import EvaluationError, Program, activation, compile_expression

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
    answer: dict[str, Any] = {"id": request["id"], "skipped": 0, "failed": []}
    suspect = _NUL.search(frame) is not None
    try:
        programs = _programs(request)
        facts = {**request["facts"], "now": datetime.fromisoformat(request["now"])}
        if suspect:
            _refuse_nul(request["facts"])
    except VerifierError as error:
        return {**answer, "problem": error.message}
    size = 0
    for number, applies, problem, message in _evaluate(programs, facts, request, suspect=suspect):
        if not applies:
            answer["skipped"] += 1
            continue
        answer["failed"].append([number, problem, message])
        size += 100 + 6 * (len(problem or "") + len(message or ""))
        if size > CEL_ANSWER_BYTES // 2:
            return {**answer, "problem": "it fails for too many, with too long messages"}
    return answer


def _programs(request: Mapping[str, Any]) -> tuple[Program | None, Program, Program | None]:
    element = request["each"]
    when, check, message = request["when"], request["check"], request["message"]
    return (
        None if when is None else compile_expression(when, element, "bool"),
        compile_expression(check, element, "bool"),
        None if message is None else compile_expression(message, element, "string"),
    )


def _evaluate(
    programs: tuple[Program | None, Program, Program | None],
    facts: Mapping[str, Any],
    request: Mapping[str, Any],
    *,
    suspect: bool,
) -> Iterator[tuple[int, bool, str | None, str | None]]:
    """Of each element that does not hold: number, whether the rule applies, what went wrong, the message."""
    when, check, message = programs
    name = request["each"]
    elements: Sequence[Any] = request["elements"] if name is not None else [None]
    for number, element in enumerate(elements):
        try:
            if suspect:
                _refuse_nul(element)
            these = activation(facts if name is None else {**facts, name: element}, name)
            if when is not None and not when.holds(these):
                yield number, False, None, None
            elif not check.holds(these):
                yield number, True, None, _message(message, these)
        except EvaluationError as error:
            yield number, True, error.message, None


def _message(program: Program | None, facts: Any) -> str | None:
    """What the policy has to say; nothing where that cannot be had, since the check fails either way."""
    if program is None:
        return None
    with contextlib.suppress(EvaluationError):
        return program.text(facts)[:MESSAGE_LENGTH]
    return None


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
