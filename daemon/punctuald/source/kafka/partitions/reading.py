"""The reading of one partition of a topic while it is ours; kept on the event loop."""

from __future__ import annotations

from punctuald.source.log.reading import Reading


class TopicReading(Reading):
    """With what librdkafka knows a partition by, and where its own reading stands."""

    __slots__ = ("number", "position")

    def __init__(self, number: int, epoch: int) -> None:
        super().__init__(str(number), epoch)
        self.number = number
        self.position: int | None = None  # where reading stood when nothing was in hand
