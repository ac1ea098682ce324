"""What topics and streams have in common: records stay where they are, and a failed one is tried again in place."""

from __future__ import annotations

from abc import ABC

from punctuald.config.fields import seconds, whole
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.ports import LOG_LARGEST_BATCH, LOG_POLL_SECONDS

from .source import SourceSettings


class PartitionedSettings(SourceSettings, ABC):
    """One partitioned log, and who handles its records."""

    batch_size: int = whole(
        100, 1, LOG_LARGEST_BATCH, "Records that a handler which takes a list gets at most at once."
    )
    max_tries: int = whole(5, 1, 1000, "A record that failed so often is dead-lettered.")
    retry_for_seconds: float = seconds(
        300, 0, LONGEST_LEASE_SECONDS, "So is one that still fails so long after its first try."
    )

    @property
    def longest_poll_seconds(self) -> float:
        """See `SourceSettings.longest_poll_seconds`."""
        return LOG_POLL_SECONDS
