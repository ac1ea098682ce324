"""The credentials to sign with, for an event loop.

Providers block, some for seconds: they are asked on a thread of their own, ahead of the end of what is in use.
"""

from __future__ import annotations

import asyncio

from punctuald.source.aws.signed_json.sigv4 import Credentials
from punctuald.source.blocking import in_a_thread

from .chain import ASK_AGAIN_SECONDS, MANDATORY_SECONDS, ProviderChain

LOOK_SECONDS = 1.0
"""How often the end of a set is looked at: asking botocore costs more than signing does."""


class SessionCredentials:
    """One process's credentials: found at the first call, renewed ahead of their end. Used by one loop."""

    def __init__(self, chain: ProviderChain | None = None) -> None:
        self._chain = chain or ProviderChain()
        self._current: Credentials | None = None
        self._good_until_mono = 0.0  # until then it need not be looked at
        self._renewal: asyncio.Future[Credentials] | None = None

    async def current(self) -> Credentials:
        """The set to sign with now. Waits only for a first set, or where the old one is used up.

        Raises `CredentialsUnavailable`, which names the provider and what it said. Asking again may help.
        """
        current = self._current
        loop = asyncio.get_running_loop()
        now_mono = loop.time()
        if current is not None and now_mono < self._good_until_mono:
            return current
        if current is None:
            return await asyncio.shield(self._renew(loop))
        self._good_until_mono = now_mono + LOOK_SECONDS
        if not self._chain.ends_within(None):
            return current
        renewal = self._renew(loop)
        return current if not self._chain.ends_within(MANDATORY_SECONDS) else await asyncio.shield(renewal)

    def _renew(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[Credentials]:
        """What is under way for all who wait; a new attempt if there is none."""
        if self._renewal is None:
            self._renewal = in_a_thread("credentials", self._chain.current)
            self._renewal.add_done_callback(lambda renewal: self._renewed(loop, renewal))
        return self._renewal

    def _renewed(self, loop: asyncio.AbstractEventLoop, renewal: asyncio.Future[Credentials]) -> None:
        self._renewal = None
        if renewal.cancelled():
            return
        error = renewal.exception()
        if error is None:
            self._current = renewal.result()
            # botocore keeps to itself that a renewal ahead of time failed
            failed = self._chain.ends_within(None) and not self._chain.ends_within(MANDATORY_SECONDS)
            self._good_until_mono = loop.time() + (ASK_AGAIN_SECONDS if failed else LOOK_SECONDS)
        elif self._current is not None and not self._chain.ends_within(MANDATORY_SECONDS):
            self._good_until_mono = loop.time() + ASK_AGAIN_SECONDS
            self._chain.not_renewed(error, loop.time())
