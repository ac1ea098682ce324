"""The end of an event loop that ran code of the user's."""

from __future__ import annotations

import asyncio
import contextlib


def end_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left on ``loop``, let it clean up behind it, and close the loop. In its own thread, while it does
    not run; takes as long as what is left there takes."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    with contextlib.suppress(SystemExit, KeyboardInterrupt):
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
