"""What a test of a handler does not have: other workers, and workers that die."""

from __future__ import annotations


def no_deaths(_message_id: str) -> int:
    """No worker ever died while it ran that message."""
    return 0


class OnlyTurn:
    """See `Turn`: it is always ours."""

    def take(self, now_mono: float) -> bool:  # noqa: ARG002  # the port's
        """See `Turn.take`."""
        return True

    def leave(self) -> None:
        """See `Turn.leave`."""
