"""Runs `async def` functions to their end: tasks and timers, no sockets."""

import asyncio
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


def run(awaitable):
    async def main():
        return await awaitable

    loop = _Loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        _cancel_all(loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _cancel_all(loop):
    """As `asyncio.run` does."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
