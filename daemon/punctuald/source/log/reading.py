"""The reading of one partition while it is ours; kept on the event loop."""

from __future__ import annotations

from .offset_tracker import OffsetTracker


class Reading:
    """``epoch`` is that of the assignment: what was delivered in another one is none of this one's."""

    __slots__ = ("epoch", "handle_prefix", "is_going", "partition", "tracker")

    def __init__(self, partition: str, epoch: int) -> None:
        self.partition = partition
        self.epoch = epoch
        self.handle_prefix = f"{epoch}:"
        self.is_going = False  # about to be taken away: nothing more of it is handed out
        self.tracker = OffsetTracker()

    def delivered(self, handle: str) -> bool:
        """Whether a message with this receipt handle was delivered in this assignment."""
        return handle.startswith(self.handle_prefix)
