"""One small tree of errors: what a handler may raise, and what can go wrong around it."""

from __future__ import annotations

from datetime import datetime
from math import inf


class PunctualdError(Exception):
    """Base of every error that punctuald raises on purpose; its text is one line a person can act on."""


class ConfigurationError(PunctualdError):
    """The configuration, or something it names, is wrong and stays wrong until a person mends it: exit status 78."""


class HandlerUnavailable(PunctualdError):
    """A handler's module raised while it was imported, as where it connects to a database that is down: worth trying
    again, with back-off, in a new process."""


class SourceError(PunctualdError):
    """A source did not do what was asked. Never the same as «the queue is empty»."""


class SourceUnavailable(SourceError):
    """The source can't be reached or is throttling: worth trying again, with back-off.

    ``code`` is the provider's error code, or the exception's class name where there was no answer; «NameNotResolved»
    where the server's name has no address, so that nobody was asked.
    """

    longest_back_off_seconds: float = inf
    """Asking again later than that gains nothing: what asks is here, and not over the wire."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code


class SourceMisconfigured(SourceError):
    """The source refuses us: no such queue, no permission, no credentials, wrong region. A person has to mend it."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code


class SourceMissing(SourceMisconfigured):
    """There is nothing to receive from: no such queue, or no address that could have one. Nothing waits there."""


class HandlerSignal(PunctualdError):
    """What a handler raises to say something other than «done»."""


class Retry(HandlerSignal):
    """Not now: it comes again after ``after_seconds`` (0 to 43,200; None = the usual back-off)."""

    def __init__(self, reason: str = "", *, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_seconds = after_seconds


class Wait(HandlerSignal):
    """Not before then: it is held by the worker, which takes no handler slot, no try and no receive.

    ``seconds`` from now, or ``until`` a time: a ``datetime`` with a time zone, or seconds since the epoch. For a rate
    limit, or an appointment; a failure is `Retry`. Raises `TypeError` unless there is just one of the two.
    """

    def __init__(
        self, reason: str = "", *, seconds: float | None = None, until: datetime | float | None = None
    ) -> None:
        if (seconds is None) == (until is None):
            raise TypeError("Wait needs either seconds= or until=")
        if isinstance(until, datetime) and until.tzinfo is None:
            raise TypeError("Wait(until=...) needs a time zone: datetime.now(UTC), for one")
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
        self.until_utc = until.timestamp() if isinstance(until, datetime) else until


class Unavailable(HandlerSignal):
    """What the handler calls is away: ``downstream`` is its name, for the log.

    It is no try. Where a second message finds the same within 10 s, the queue is down: nothing more is received, what
    is in flight is held, and one message at a time asks whether it is back, ``retry_after`` seconds (0 to 900) from now
    at the earliest; None = by our own back-off, at most 30 s.
    """

    def __init__(self, downstream: str = "", reason: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(": ".join(filter(None, (downstream, reason))))
        self.downstream = downstream
        self.reason = reason
        self.retry_after = retry_after


class Reject(HandlerSignal):
    """Never: move the message to the dead-letter queue, with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Discard(HandlerSignal):
    """Not wanted: delete the message unprocessed, and count it as discarded with the reason."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
