"""One line on the terminal while something takes long."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self, TextIO

from verifier.text import safe

_DELAY = 0.4  # seconds; what is faster needs no explanation
_TICK = 0.1
_CLEAR = "\r\x1b[2K"
_FRAMES = "|/-\\"  # every terminal has these


class Progress:
    """Shows the current step on ``stream`` where that is a terminal; otherwise nothing.

    Call it with the step. Leaving the context clears the line.
    """

    def __init__(self, stream: TextIO, *, enabled: bool) -> None:
        self._stream = stream
        self._enabled = enabled and stream.isatty()
        self._step = ""
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._end.set()
            self._thread.join()

    def __call__(self, step: str) -> None:
        self._step = step
        if self._enabled and self._thread is None:
            self._thread = threading.Thread(target=self._draw, daemon=True)
            self._thread.start()

    def _draw(self) -> None:
        wait, frame = _DELAY, 0
        while not self._end.wait(wait):
            wait, frame = _TICK, frame + 1
            if not self._write(f"{_CLEAR}{_FRAMES[frame % len(_FRAMES)]} {safe(self._step, limit=70)}"):
                return
        if frame:
            self._write(_CLEAR)

    def _write(self, text: str) -> bool:
        """Write ``text``; false where the terminal is gone or has not all of its characters."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            return False
        return True
