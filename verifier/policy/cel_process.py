"""Starting, asking and ending the process that evaluates CEL."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

from verifier.limits import (
    CEL_ANSWER_BYTES,
    CEL_MEMORY,
    CEL_REQUEST_BYTES,
    CEL_SECONDS,
    CEL_START_SECONDS,
    MIB,
)
from verifier.policy.cel import EvaluationError
from verifier.policy.cel_worker import OUT_OF_MEMORY, read_frame
from verifier.strict_json import loads_object

# Where a platform's loader finds libraries, and what Windows cannot start a program without.
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_END_SECONDS: Final = 1.0  # from the last answer to the exit code
_BOOT: Final = "import sys; sys.path += sys.argv[1:]; from verifier.policy.cel_worker import main; main()"


class WouldWaitError(Exception):
    """A thread that must not wait would have to."""


_NEVER: Final[ContextVar[bool]] = ContextVar("never", default=False)


@contextlib.contextmanager
def never_waiting() -> Iterator[None]:
    """Have `Worker.session` raise `WouldWaitError` in here: for a loop that has others to answer."""
    token = _NEVER.set(True)
    try:
        yield
    finally:
        _NEVER.reset(token)


class Worker:
    """One process, started when it is first asked, and anew after it had to be ended. For any thread."""

    def __init__(self, *, seconds: float = CEL_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """The worker for one rule, whose time begins now. Waiting for other threads takes none of it.

        Raises `EvaluationError` where it cannot be started, and `WouldWaitError` inside `never_waiting`.
        """
        if _NEVER.get():
            raise WouldWaitError
        with self._lock:
            process = self._running()
            try:
                yield Session(process, self._seconds)
            finally:
                if process.poll() is not None:
                    self._discard()

    def close(self) -> None:
        """End the process. It starts anew when it is asked again."""
        with self._lock:
            self._discard()

    def kill(self) -> None:
        """End the process at once, whoever is waiting for it, which then learns that it ended."""
        process = self._process
        if process is not None and self._owner == os.getpid():
            process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            # A fork: the process belongs to the one that started it.
            self._process, self._owner = None, os.getpid()
        if self._process is not None and self._process.poll() is not None:
            self._discard()
        if self._process is None:
            self._process = _start()
        return self._process

    def _discard(self) -> None:
        if self._process is not None and self._owner == os.getpid():
            end(self._process)
        self._process = None


class Session:
    """A worker that evaluates one rule. After a request that it could not answer it answers no other."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process = process
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._broken: EvaluationError | None = None

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Give the answer to ``request``, or raise `EvaluationError`."""
        if self._broken is not None:
            raise self._broken
        number = os.urandom(8).hex()
        answer = self._answer(_frame({"id": number, **request}))
        if answer.get("id") != number:
            end(self._process)
            self._broken = EvaluationError("the answer is to another question")
            raise self._broken
        if isinstance(problem := answer.get("problem"), str):
            raise EvaluationError(problem)
        return answer

    def _answer(self, frame: bytes) -> dict[str, Any]:
        left = max(0.001, self._end - time.monotonic())
        answered = False
        try:
            with _ended_after(self._process, left) as over:
                answer = _exchange(self._process, frame)
            if over.is_set():
                self._broken = self._too_slow()
            elif answer is None:
                self._broken = self._died()
            else:
                answered = True
                return answer
            raise self._broken
        finally:
            if not answered:
                # Its next answer could be the one to this request.
                end(self._process)

    def _too_slow(self) -> EvaluationError:
        return EvaluationError(f"it takes more than {self._seconds:g} seconds")

    def _died(self) -> EvaluationError:
        with contextlib.suppress(subprocess.TimeoutExpired):  # it may have answered what nobody understands
            if self._process.wait(_END_SECONDS) == OUT_OF_MEMORY:
                return EvaluationError(f"it takes more than {CEL_MEMORY // MIB} MiB of memory")
        return EvaluationError("the process that evaluates it ended")


SHARED: Final = Worker()
"""The worker of this process, ended with it."""
atexit.register(SHARED.close)


def _frame(request: Mapping[str, Any]) -> bytes:
    try:
        frame = json.dumps(request, allow_nan=False).encode()
    except ValueError:
        raise EvaluationError("a number among the facts is none that JSON has") from None
    if len(frame) > CEL_REQUEST_BYTES:
        raise EvaluationError(f"the facts that it uses are larger than {CEL_REQUEST_BYTES // MIB} MiB")
    return frame


def end(process: subprocess.Popen[bytes]) -> None:
    """End ``process``, wait for it and close its pipes."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):  # what was not yet written has nowhere to go
                stream.close()


def _start() -> subprocess.Popen[bytes]:
    """Start a worker and wait until it is ready. It sees no credentials: its environment is next to empty."""
    try:
        process = subprocess.Popen(  # noqa: S603 - this very interpreter, and no shell
            [sys.executable, "-I", "-S", "-c", _BOOT, *_import_path()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
    except (OSError, ValueError) as error:
        raise EvaluationError(f"the process for CEL cannot be started: {error}") from error
    ready = False
    try:
        with _ended_after(process, CEL_START_SECONDS):
            greeting = _exchange(process, None)
        if greeting is None:
            raise EvaluationError("the process for CEL cannot be started: it ended at once")
        ready = greeting.get("ready") is True
        if not ready:
            raise EvaluationError(f"the process for CEL cannot be started: {greeting.get('problem')}")
        return process
    finally:
        if not ready:
            end(process)


def _import_path() -> list[str]:
    """The folders of this package and of the library; the worker looks nowhere else but in Python's own."""
    spec = importlib.util.find_spec("cel_expr_python")
    library = list(spec.submodule_search_locations or ()) if spec else []
    here = Path(__file__).resolve().parents[2]
    return list(dict.fromkeys([str(here), *(str(Path(folder).parent) for folder in library)]))


@contextlib.contextmanager
def _ended_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    """End ``process`` when ``seconds`` are over, which ends every read and write on its pipes; and say so."""
    over = threading.Event()

    def kill() -> None:
        over.set()
        process.kill()

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError as error:  # no more threads, or the interpreter is about to end
        raise EvaluationError("its time cannot be measured") from error
    try:
        yield over
    finally:
        timer.cancel()
        timer.join()


def _exchange(process: subprocess.Popen[bytes], frame: bytes | None) -> dict[str, Any] | None:
    """Send ``frame``, if any, and read one frame; None where the other side went away or talks nonsense."""
    if process.stdin is None or process.stdout is None:
        return None
    try:
        if frame is not None:
            process.stdin.write(len(frame).to_bytes(4, "big") + frame)
            process.stdin.flush()
        answer = read_frame(process.stdout, CEL_ANSWER_BYTES)
        return None if answer is None else dict(loads_object(answer, limit=CEL_ANSWER_BYTES))
    except (OSError, ValueError):  # also where a pipe is closed already
        return None
