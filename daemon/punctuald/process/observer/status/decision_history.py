"""The autoscaler's decisions of the last hour, for whoever asks why there are, or were, so many workers."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from punctuald.clock import Clock, iso_utc
from punctuald.process.channel.operator_frames import Explained

MOST_KEPT = 2000
KEPT_SECONDS = 3600.0

_CAP = "cap_"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The fields of `scale.decision`, and when they were heard of."""

    at_utc: float
    fields: Mapping[str, Any]

    @property
    def settled(self) -> tuple[object, object]:
        """What makes it another decision than the one before."""
        return self.fields.get("workers"), self.fields.get("reason")


class DecisionHistory:
    """In memory: an observer that is started anew begins with the decision that it hears of first. The log has all."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: deque[Explanation] = deque(maxlen=MOST_KEPT)

    def add(self, explained: Explained) -> None:
        """What the autoscaler says, each few seconds and at each change; what is no object is left out."""
        try:
            fields = orjson.loads(explained.fields)
        except orjson.JSONDecodeError:
            return
        if isinstance(fields, dict):
            self._kept.append(Explanation(self._clock.utc(), fields))
        while self._kept and self._kept[0].at_utc < self._clock.utc() - KEPT_SECONDS:
            self._kept.popleft()

    def in_force(self, at_utc: float | None) -> Explanation | None:
        """The last one up to then; None = there is none from so long ago. Without a time: the newest."""
        kept = list(self._kept)
        number = len(kept) if at_utc is None else bisect_right(kept, at_utc, key=lambda each: each.at_utc)
        return kept[number - 1] if number else None

    @property
    def earliest_utc(self) -> float | None:
        """When the oldest was heard of."""
        return self._kept[0].at_utc if self._kept else None

    def newest(self, most: int) -> list[Mapping[str, Any]]:
        """The last changes, oldest first: how many workers there should be, and what settled it."""
        changes: deque[Explanation] = deque(maxlen=most)
        for each in self._kept:
            if not changes or changes[-1].settled != each.settled:
                changes.append(each)
        return [_entry(change) for change in changes]


def _entry(change: Explanation) -> Mapping[str, Any]:
    fields = change.fields
    return {
        "utc": iso_utc(change.at_utc),
        "workers": fields.get("workers"),
        "reason": fields.get("reason"),
        "caps": {name.removeprefix(_CAP): value for name, value in fields.items() if name.startswith(_CAP)},
        "head_age_seconds": fields.get("head_age_seconds"),
    }
