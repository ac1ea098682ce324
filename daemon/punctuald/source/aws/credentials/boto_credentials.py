"""The process's credentials as a botocore client wants them."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from botocore.credentials import ReadOnlyCredentials

from punctuald.clock import Clock, SystemClock
from punctuald.source.aws.signed_json.sigv4 import Credentials

from .chain import ASK_AGAIN_SECONDS, MANDATORY_SECONDS, CredentialsUnavailable, ProviderChain


class BotoCredentials:
    """Asked at each call, in whichever thread makes it, and never while a client is made: a provider that fails then
    would end a worker.

    botocore's own refuse a set with ten minutes left that can't be renewed; these use it on as `SessionCredentials` do.
    """

    method = "punctuald"

    def __init__(self, chain: ProviderChain | None = None, clock: Clock | None = None) -> None:
        self._chain = chain or ProviderChain()
        self._clock = clock or SystemClock()
        self._kept: Credentials | None = None
        self._ask_again_mono = -inf

    def load_credentials(self) -> BotoCredentials:
        """What a session's component ``credential_provider`` is asked for."""
        return self

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """See botocore's `Credentials`. Raises `CredentialsUnavailable`."""
        found = self._current()
        return ReadOnlyCredentials(found.access_key, found.secret_key, found.token)

    def get_deferred_property(self, name: str) -> Callable[[], str | None]:
        """See botocore's `Credentials`; asked for an account's id, which no endpoint of a source of ours has in it."""
        return lambda: getattr(self.get_frozen_credentials(), name, None)

    def _current(self) -> Credentials:
        kept = self._kept
        still_good = kept is not None and not self._chain.ends_within(MANDATORY_SECONDS)
        if kept is not None and still_good and self._clock.mono() < self._ask_again_mono:
            return kept
        try:
            found = self._kept = self._chain.current()
        except CredentialsUnavailable as error:
            if kept is None or not still_good:
                raise
            self._ask_again_mono = self._clock.mono() + ASK_AGAIN_SECONDS
            self._chain.not_renewed(error, self._clock.mono())
            return kept
        return found
