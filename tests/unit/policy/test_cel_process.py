"""The process that evaluates: its bounds, and that another takes its place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.unit.policy.cel_asking import HOLDS, ask, process_of, request
from verifier.limits import CEL_REQUEST_BYTES, CEL_SECONDS
from verifier.policy import cel_process
from verifier.policy.cel import EvaluationError
from verifier.policy.cel_process import Worker

MEGABYTE = "a" * 1_000_000


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


# A thousand times a megabyte.
DOUBLED = (
    "".join(
        f"cel.bind({name}, {value} + {value}, "
        for name, value in zip("abcdefghij", ("image.t", *"abcdefghi"), strict=True)
    )
    + "j.replace('a', 'b') == 'x'"
    + ")" * 10
)
BOMBS = [
    ("image.l.map(a, image.l.map(b, image.l.map(c, a + b + c))).size() > 0", {"l": list(range(5000))}),
    ("image.l.map(a, image.t.replace('a', 'bb')).size() > 0", {"l": list(range(5000)), "t": MEGABYTE}),
    ("image.l.map(a, image.t.split('')).size() > 0", {"l": list(range(5000)), "t": MEGABYTE}),
    (DOUBLED, {"t": MEGABYTE}),
]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no bound on memory")
@pytest.mark.parametrize(("check", "image"), BOMBS)
def test_what_takes_any_memory_or_time_is_ended_and_the_next_goes_on(
    worker: Worker, check: str, image: dict[str, object]
) -> None:
    worker._seconds = 2
    with pytest.raises(EvaluationError, match=r"it takes more than 2 seconds|more than 512 MiB of memory"):
        ask(worker, check, {"image": image})
    worker._seconds = CEL_SECONDS
    assert ask(worker, "true") == HOLDS


def test_what_takes_too_long_is_ended_and_the_next_has_a_process_of_its_own(worker: Worker) -> None:
    slow = "image.l.map(a, image.t.replace('a', 'bb').replace('b', 'cc').size()).size() > 0"
    facts = {"image": {"l": list(range(5000)), "t": MEGABYTE}}
    worker._seconds = 0.3
    with worker.session() as session:
        first = process_of(worker)
        for _ in range(2):  # the rest of a rule fails with its first request
            with pytest.raises(EvaluationError, match=r"it takes more than 0\.3 seconds"):
                session.ask(request(slow, facts))
    assert first.returncode is not None
    assert first.stdin is not None
    assert first.stdin.closed
    worker._seconds = CEL_SECONDS
    assert ask(worker, "true") == HOLDS
    assert process_of(worker).pid != first.pid


def test_time_that_others_take_is_not_the_rules(worker: Worker) -> None:
    with worker.session() as first:
        first.ask(request("true"))
        begun = threading.Event()

        def second() -> dict[str, Any]:
            begun.set()
            return ask(worker, "true")

        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(second)
            assert begun.wait(10)
            assert not future.done()
            first.ask(request("true"))
            worker._lock.release()
            try:
                assert future.result(20) == HOLDS
            finally:
                worker._lock.acquire()


def test_many_threads_share_one_process(worker: Worker) -> None:
    ask(worker, "true")
    pid = process_of(worker).pid

    def one(number: int) -> bool:
        answer = ask(worker, f"image.x == {number}", {"image": {"x": number // 2 * 2}})
        return not answer["failed"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(200))) == [True, False] * 100
    assert process_of(worker).pid == pid


def test_a_process_that_died_is_replaced(worker: Worker) -> None:
    ask(worker, "true")
    process_of(worker).kill()
    process_of(worker).wait()
    assert ask(worker, "true") == HOLDS


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="there are no such signals")
def test_a_process_that_stopped_is_ended(worker: Worker) -> None:
    ask(worker, "true")
    os.kill(process_of(worker).pid, signal.SIGSTOP)
    worker._seconds = 0.3
    with pytest.raises(EvaluationError, match=r"it takes more than 0\.3 seconds"):
        ask(worker, "true")
    worker._seconds = CEL_SECONDS
    assert ask(worker, "true") == HOLDS


@pytest.mark.parametrize("answer", [b"", b"\0\0\0\2{", b"\0\0\0\1{", b"\0\0\0\2[]", b"\xff\xff\xff\xff{}"])
def test_nonsense_is_no_answer(answer: bytes) -> None:
    script = f"import os; os.write(1, {answer!r}); os.close(1)"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        session = cel_process.Session(process, 60)
        with pytest.raises(EvaluationError, match="the process that evaluates it ended"):
            session.ask(request("true"))
    assert process.returncode is not None


def test_nonsense_by_a_process_that_stays_is_no_answer() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import os, sys; os.close(1); sys.stdin.buffer.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        with pytest.raises(EvaluationError, match="the process that evaluates it ended"):
            cel_process.Session(process, 60).ask(request("true"))
        assert process.returncode is not None


def test_the_answer_to_another_question_is_none() -> None:
    body = b'{"id": "another", "seen": 1, "skipped": 0, "failed": []}'
    script = f"import sys; sys.stdout.buffer.write({len(body).to_bytes(4, 'big')!r} + {body!r})"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        session = cel_process.Session(process, 20)
        for _ in range(2):
            with pytest.raises(EvaluationError, match="the answer is to another question"):
                session.ask(request("true"))


def test_an_interrupted_question_ends_the_process(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(worker, "true")
    process = process_of(worker)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cel_process, "read_frame", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ask(worker, "true")
    assert process.returncode is not None
    assert ask(worker, "true") == HOLDS


def test_facts_that_are_too_large_or_no_json_are_refused(worker: Worker) -> None:
    with pytest.raises(EvaluationError, match="the facts that it uses are larger than 16 MiB"):
        ask(worker, "true", {"image": {"x": "a" * CEL_REQUEST_BYTES}})
    with pytest.raises(EvaluationError, match="a number among the facts is none that JSON has"):
        ask(worker, "true", {"image": {"x": float("nan")}})
    assert ask(worker, "true") == HOLDS


def test_a_process_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(EvaluationError, match="the process for CEL cannot be started: "):
            ask(worker, "true")
    with monkeypatch.context() as patch:
        patch.setattr(cel_process, "_import_path", list)
        with pytest.raises(EvaluationError, match="it ended at once"):
            ask(worker, "true")
    here = str(Path(cel_process.__file__).parents[2])
    with monkeypatch.context() as patch:
        patch.setattr(cel_process, "_import_path", lambda: [here] if "site-packages" not in here else [])
        with pytest.raises(EvaluationError, match=r"there is no CEL engine here|it ended at once"):
            ask(worker, "true")


def test_closing_leaves_nothing_and_may_be_repeated(worker: Worker) -> None:
    ask(worker, "true")
    process = process_of(worker)
    worker.close()
    worker.close()
    assert process.returncode is not None
    assert process.stdout is not None
    assert process.stdout.closed
    assert ask(worker, "true") == HOLDS


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
def test_the_process_sees_no_credentials(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_TOKEN", "hidden")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    ask(worker, "true")
    folder = Path("/proc") / str(process_of(worker).pid)
    environment = (folder / "environ").read_bytes()
    assert b"hidden" not in environment
    assert b"PYTHONPATH" not in environment
    open_files = {path.resolve().name.partition(":")[0] for path in (folder / "fd").iterdir()}
    assert open_files == {"pipe", "null"}


@pytest.mark.skipif(os.name == "nt", reason="there is no fork")
def test_the_end_of_the_program_is_the_end_of_the_process() -> None:
    script = (
        "from verifier.policy.cel_process import SHARED\n"
        "with SHARED.session() as session:\n"
        "    print(session._process.pid, flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, check=True)
    assert done.stderr == b""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
