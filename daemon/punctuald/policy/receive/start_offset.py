"""Where the reading of a partition begins that its group has committed nothing for."""

from __future__ import annotations

from enum import Enum

SINCE = "since="


class Begin(Enum):
    """What to look up."""

    EARLIEST = "earliest"
    LATEST = "latest"  # the end, as it is now
    GROUP_START = "group_start"  # the first record that is not older than the group


def begin_of(start: str, group_since_ms: int | None) -> Begin:
    """``start`` is the setting; ``group_since_ms`` is when the group began to read the topic, as its commits say.

    «latest» is asked once, when the group first begins. A partition that appears later is younger than the group, and
    all of it is new: taken for «start now» as most clients do, each change of owners before the first commit skips what
    came meanwhile.
    """
    if start == "earliest":
        return Begin.EARLIEST
    return Begin.LATEST if group_since_ms is None else Begin.GROUP_START


def since_text(since_ms: int) -> str:
    """For the metadata that a commit carries."""
    return f"{SINCE}{since_ms}"


def since_of(metadata: str | None) -> int | None:
    """What `since_text` wrote; None where somebody else committed."""
    number = (metadata or "").removeprefix(SINCE)
    return int(number) if metadata and metadata.startswith(SINCE) and number.isdecimal() else None
