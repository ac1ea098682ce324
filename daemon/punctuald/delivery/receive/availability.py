"""Whether messages of one queue can be had just now, said whenever it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from punctuald.clock import Clock
from punctuald.errors import SourceError, SourceMisconfigured

OUTAGE_SECONDS = 5.0
"""How long receives fail before the queue counts as unavailable. A call that is throttled, or a connection that breaks,
is usually mended by the next try. A refusal counts at once: the next try will be refused as well."""

OnUnavailable = Callable[[SourceError], None]


@dataclass(frozen=True, slots=True)
class ConsumerEvents:
    """What a consumer calls: see `Availability`."""

    on_available: Callable[[], None]
    on_unavailable: OnUnavailable


class Availability:
    """``on_available`` is called after the first receive that succeeds and after the first one since the queue was said
    to be unavailable; ``on_unavailable`` once an outage, and once more where it turns out to be a refusal."""

    def __init__(self, clock: Clock, on_available: Callable[[], None], on_unavailable: OnUnavailable) -> None:
        self._clock = clock
        self._on_available = on_available
        self._on_unavailable = on_unavailable
        self._available = False
        self._failing_since_mono: float | None = None
        self._said: SourceError | None = None  # why it is unavailable, as far as it was said

    @property
    def is_available(self) -> bool:
        """Whether a receive ever succeeded, and the queue was not said to be unavailable since."""
        return self._available and self._said is None

    def answered(self) -> None:
        """A receive succeeded."""
        self._failing_since_mono = None
        if not self._available or self._said is not None:
            self._available, self._said = True, None
            self._on_available()

    def failed(self, error: SourceError) -> None:
        """A receive failed as a whole."""
        now_mono = self._clock.mono()
        if self._failing_since_mono is None:
            self._failing_since_mono = now_mono
        if isinstance(error, SourceMisconfigured):
            is_news = not isinstance(self._said, SourceMisconfigured)
        else:
            is_news = self._said is None and now_mono - self._failing_since_mono >= OUTAGE_SECONDS
        if is_news:
            self._said = error
            self._on_unavailable(error)
