"""The autoscaler's decisions as marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from punctuald.view.charts.chart import Mark


def marks_of(changes: Sequence[Mapping[str, Any]], begin: float | None, end: float | None) -> tuple[Mark, ...]:
    """Those between ``begin`` and ``end``, seconds since the epoch, that want another number of workers than the one
    before. The reason alone changes every few seconds under some loads, and so many marks would hide the curves."""
    befores = [None, *(each["workers"] for each in changes)]
    marks = [
        Mark(datetime.fromisoformat(change["utc"]).timestamp(), _text(change))
        for change, before in zip(changes, befores, strict=False)
        if change["workers"] != before
    ]
    return tuple(mark for mark in marks if begin is not None and end is not None and begin <= mark.x <= end)


def _text(change: Mapping[str, Any]) -> str:
    """«4 workers: backlog (at most: cpu 4)»."""
    reason, caps = str(change["reason"] or "unknown").replace("_", " "), change["caps"]
    said = ", ".join(f"{name.replace('_', ' ')} {limit}" for name, limit in caps.items())
    return f"{change['workers']} workers: {reason}{f' (at most: {said})' if said else ''}"
