"""Credentials from botocore's chain of providers: environment, profile, SSO, web identity, container, instance.

Providers block, some for seconds. They are asked on a thread of their own, ahead of the end of what is in use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import botocore.session
import structlog
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from punctuald.source.blocking import in_a_thread

from .errors import MISSING_CREDENTIALS, one_line
from .session import take_session
from .sigv4 import Credentials

LOOK_SECONDS = 1.0
"""How often the end of a set is looked at: asking botocore costs more than signing does."""

ASK_AGAIN_SECONDS = 10.0
"""After a provider failed to renew a set that is still good."""

MANDATORY_SECONDS = 60
"""With less than this left, a set is not used any more: a call that starts now may be checked after its end."""

log = structlog.get_logger()


class SessionCredentials:
    """One process's credentials: found at the first call, renewed ahead of their end. Used by one loop."""

    def __init__(self, session: Callable[[], botocore.session.Session] = take_session) -> None:
        self._session = session
        self._provided: Any = None  # botocore's credentials, which renew themselves when they are asked
        self._current: Credentials | None = None
        self._good_until_mono = 0.0  # until then it need not be looked at
        self._renewal: asyncio.Future[Credentials] | None = None

    async def current(self) -> Credentials:
        """The set to sign with now. Waits only for a first set, or where the old one is used up.

        Raises `NoCredentialsError`, `PartialCredentialsError` or `ProfileNotFound` where there is nothing or half of
        it; else `CredentialRetrievalError`, which names the provider and what it said. Asking again may help.
        """
        current = self._current
        loop = asyncio.get_running_loop()
        now_mono = loop.time()
        if current is not None and now_mono < self._good_until_mono:
            return current
        if current is None:
            return await asyncio.shield(self._renew(loop))
        self._good_until_mono = now_mono + LOOK_SECONDS
        if not self._ends_within(None):
            return current
        renewal = self._renew(loop)
        return current if not self._ends_within(MANDATORY_SECONDS) else await asyncio.shield(renewal)

    def _ends_within(self, seconds: int | None) -> bool:
        """None: botocore's own time to renew it ahead, which is 15 minutes for most providers."""
        needed = getattr(self._provided, "refresh_needed", None)  # those that have an end
        return needed is not None and bool(needed(seconds))

    def _renew(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[Credentials]:
        """What is under way for all who wait; a new attempt if there is none."""
        if self._renewal is None:
            self._renewal = in_a_thread("credentials", self._ask)
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
            pause_seconds = ASK_AGAIN_SECONDS if self._ends_within(None) else LOOK_SECONDS
            self._good_until_mono = loop.time() + pause_seconds
        elif self._current is not None and not self._ends_within(MANDATORY_SECONDS):
            self._good_until_mono = loop.time() + ASK_AGAIN_SECONDS
            log.warning("source.credentials_not_renewed", error=one_line(error))

    def _ask(self) -> Credentials:
        """In the thread."""
        if self._provided is None:
            self._provided = _find(self._session())
        provided = self._provided
        try:
            frozen = provided.get_frozen_credentials()
        except MISSING_CREDENTIALS:
            raise
        except Exception as error:
            raise _failure(provided.method, error) from error
        current, found = self._current, Credentials(*frozen[:3])
        # the same object while nothing changed: what was signed with it is recognised by it
        return current if current == found else _sendable(found, provided.method)


def _find(session: botocore.session.Session) -> Any:
    """As `Session.get_credentials` does, and it is known which provider failed."""
    for provider in session.get_component("credential_provider").providers:
        try:
            found = provider.load()
        except MISSING_CREDENTIALS:
            raise
        except Exception as error:
            raise _failure(provider.METHOD, error) from error
        if found is not None:
            return found
    raise NoCredentialsError


def _failure(provider: object, error: Exception) -> CredentialRetrievalError:
    if isinstance(error, CredentialRetrievalError):
        return error
    return CredentialRetrievalError(provider=str(provider), error_msg=f"{type(error).__name__}: {one_line(error)}")


def _sendable(found: Credentials, provider: object) -> Credentials:
    """A line break in a key, as an environment file may leave it, would end its header and begin another."""
    if not (found.access_key.isprintable() and (found.token or "").isprintable()):
        raise CredentialRetrievalError(
            provider=str(provider), error_msg="a line break or other control character is in the key or token"
        )
    return found
