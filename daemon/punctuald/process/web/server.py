"""uvicorn in a thread of the observer's, which can neither hold up the observer nor keep it from ending."""

from __future__ import annotations

import asyncio
import logging
import socket
from threading import Thread

from starlette.types import ASGIApp
from uvicorn import Config, Server

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.process.http.refusals import Refusals

from .connection import LimitedProtocol
from .feed import Feed

log = logger()

CLOSE_SECONDS = 0.5
"""The observer waits so long for its thread at the end, and then ends all the same."""
_LONGEST_REQUEST_BYTES = 8192
_WAITING_CLIENTS = 128


class WebServer:
    """To be made after the fork. ``listening`` is its own from now on."""

    def __init__(self, listening: socket.socket, site: ASGIApp, feed: Feed, clock: Clock) -> None:
        self._listening = listening
        self._feed = feed
        self._server = Server(_config(site, Refusals(listening.getsockname()[1], clock)))
        self._thread = Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        """Serve, until `close`."""
        try:
            self._thread.start()
        except RuntimeError:  # out of threads
            log.exception("web.failed")
            self._listening.close()

    def close(self) -> None:
        """Hang up on everybody; takes `CLOSE_SECONDS` at most."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            log.exception("web.failed")
        finally:
            self._listening.close()

    async def _serve(self) -> None:
        self._feed.open()
        await self._server.serve(sockets=[self._listening])


def _config(site: ASGIApp, refusals: Refusals) -> Config:
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL + 1)  # what there is to say, the site says itself
    return Config(
        site,
        loop="asyncio",  # uvloop's would be one more library in the observer, for a few requests a second
        http=LimitedProtocol.of_server(refusals),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_WAITING_CLIENTS,
        h11_max_incomplete_event_size=_LONGEST_REQUEST_BYTES,
        timeout_graceful_shutdown=0,
    )
