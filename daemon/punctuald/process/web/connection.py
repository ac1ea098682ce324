"""One connection of the page's server: how many there may be, and for how long one may be of no use."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from punctuald.process.http.refusals import Refusals

SILENT_SECONDS = 5.0
"""A connection on which no request is being answered is closed after as much to twice as much."""
SLOW_SECONDS = 10.0
"""So long a reader may take nothing of what waits for it."""


class LimitedProtocol(H11Protocol):
    """uvicorn's own limit refuses requests, and lets any number of connections stand that never send one; nor does it
    drop a reader that does not read."""

    refusals: Refusals
    """The same for all connections of a server: see `of_server`."""

    _watch: asyncio.TimerHandle | None = None
    _patience: asyncio.TimerHandle | None = None

    @classmethod
    def of_server(cls, refusals: Refusals) -> type[LimitedProtocol]:
        """The class of its connections, for uvicorn makes one of each with arguments of its own."""
        return type(cls.__name__, (cls,), {"refusals": refusals})

    def connection_made(self, transport: Any) -> None:
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        refusal = self.refusals.refusal(len(self.connections) - 1)  # without this one
        if refusal is not None:
            transport.write(refusal)  # into an empty buffer: it has room
            transport.abort()
            return
        self._watch = self.loop.call_later(SILENT_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        for timer in (self._watch, self._patience):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """See `asyncio.BaseProtocol`: more waits to be sent than there should."""
        super().pause_writing()
        self._patience = self.loop.call_later(SLOW_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """See `asyncio.BaseProtocol`."""
        super().resume_writing()
        if self._patience is not None:
            self._patience.cancel()

    def _look(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()  # which first sends what waits, however long that takes
            self._watch = self.loop.call_later(SILENT_SECONDS, self.transport.abort)
        else:
            self._watch = self.loop.call_later(SILENT_SECONDS, self._look)
