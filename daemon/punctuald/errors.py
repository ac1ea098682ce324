"""One small tree of errors: what a handler may raise, and what can go wrong around it."""

from __future__ import annotations


class PunctualdError(Exception):
    """Base of every error that punctuald raises on purpose; its text is one line a person can act on."""


class ConfigurationError(PunctualdError):
    """The configuration, or something it names, is wrong and stays wrong until a person mends it: exit status 78."""


class SourceError(PunctualdError):
    """A source did not do what was asked. Never the same as «the queue is empty»."""


class SourceUnavailable(SourceError):
    """The source can't be reached or is throttling: worth trying again, with back-off.

    ``code`` is the provider's error code, or the exception's class name where there was no answer.
    """

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
