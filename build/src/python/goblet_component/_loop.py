"""Runs `async def` functions to their end: tasks and timers, no sockets."""

import asyncio
import asyncio.events
import time


class _Selector:
    """Waits for the next timer. There is nothing else to wait for."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the handler awaits something that never happens")
        time.sleep(timeout)
        return []

    def close(self):
        pass


class _Loop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Selector()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        # There are no threads to wake it.
        pass


# `asyncio.run` in the author's modules makes this loop, too. Python's own needs a socket.
asyncio.new_event_loop = asyncio.events.new_event_loop = _Loop


def run(awaitable):
    async def main():
        return await awaitable

    return asyncio.run(main())
