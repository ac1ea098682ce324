"""Every event that may wake somebody has a line in the operations page that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
EVENT = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| ([a-z, ]+) \|", re.MULTILINE)


def test_each_event_of_level_error_or_critical_is_in_the_runbook() -> None:
    levels = dict(EVENT.findall((DOCS / "events.md").read_text()))
    waking = {event for event, level in levels.items() if {"error", "critical"} & set(level.split(", "))}
    _, _, runbook = (DOCS / "operations.md").read_text().partition("## What to do when")
    assert len(waking) > 30
    assert {event for event in waking if f"`{event}`" not in runbook} == set()
