"""When the event that a message reports happened, where its producer says so."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.model import Message

from .written_time import WrittenTime


@dataclass(frozen=True, slots=True)
class EventTime(WrittenTime):
    """Where producers write their own time."""

    def read(self, message: Message) -> float | None:
        """The event's time, UTC seconds, or None where it is absent, unreadable or later than the send.

        Nothing can have happened after it was sent: such a time comes from a producer's clock that is off, and taking
        it would give the message more time than its tier does. What is to happen later is a due time.
        """
        for event_utc in self.all_in(message):
            if 0 < event_utc <= message.sent_utc:  # false for NaN and infinity too
                return event_utc
        return None
