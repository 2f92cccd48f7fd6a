"""A forwarder that makes a server on this machine as far away as one on a network."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Self


class Latency:
    """Forwards connections to ``server``; each byte takes ``seconds`` each way, at any bandwidth.

    Opening a connection takes one round trip more, as TCP's handshake does.
    """

    def __init__(self, server: str, seconds: float) -> None:
        host, port = server.rsplit(":", 1)
        self._server = (host, int(port))
        self._seconds = seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.address = ""

    def __enter__(self) -> Self:
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._forward, "127.0.0.1", 0), self._loop
        ).result()
        self.address = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled by `_stop` alone, and asyncio's streams would report that as an error.
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(2 * self._seconds)
            far_reader, far_writer = await asyncio.open_connection(*self._server)
            await asyncio.gather(self._one_way(reader, far_writer), self._one_way(far_reader, writer))

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(on_the_way, writer))
        data = b"first"
        while data:
            try:
                data = await reader.read(1 << 16)
            except ConnectionError:
                data = b""
            await on_the_way.put((self._loop.time() + self._seconds, data))
        await arriving

    async def _arrive(
        self, on_the_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not data:
                writer.close()
                return
            writer.write(data)
