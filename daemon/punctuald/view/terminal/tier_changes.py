"""The table of tiers that were violated, and when they were good again."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from punctuald.demo.daemon_log import RESTORED, VIOLATED
from punctuald.demo.slow_start.tier_changes import TierChange

from .human import human_seconds
from .tables import alert, plain_table


def tier_change_table(changes: Sequence[TierChange]) -> Table:
    """A row a change."""
    table = plain_table("SLA events", "at", "tier", "event", "late", "worst", "cause", "doing")
    for change in changes:
        event = RESTORED if change.restored else VIOLATED
        table.add_row(
            f"{change.at_seconds:+.1f} s",
            change.tier,
            alert(event, when=not change.restored, style="yellow"),
            str(change.late),
            human_seconds(change.worst_seconds),
            change.cause,
            change.doing,
        )
    return table
