"""The numbers of a report, counted in another way: line by line, in plain Python."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from punctuald.log_tables.figures.report import Report
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.figures.histogram import quantile


@dataclass
class Recount:
    """Sums over the lines of a log."""

    met: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    late: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_hour: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed_by_hour: Counter[tuple[str, str]] = field(default_factory=Counter)
    cells: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    queues: Counter[tuple[str, str]] = field(default_factory=Counter)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    duplicates: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    worker_seconds: float = 0.0
    intervals: int = 0


def recount(lines: Iterable[bytes], zone: str = "UTC") -> Recount:
    """Of all that is JSON."""
    sums, clock = Recount(), ZoneInfo(zone)
    for each in lines:
        try:
            event = json.loads(each)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == "stats.interval":
            sums.intervals += 1
            {"tier": _tier, "queue": _queue, "daemon": _daemon}[event["scope"]](sums, event, clock)
    return sums


def _tier(sums: Recount, event: dict[str, Any], clock: ZoneInfo) -> None:
    tier = event["tier"]
    hour = datetime.fromisoformat(event["begin"]).astimezone(clock).strftime("%Y-%m-%dT%H:00")
    sums.met[tier] += event.get("met", 0)
    sums.missed[tier] += event.get("missed", 0)
    sums.by_hour[tier, hour] += event.get("count", 0)
    sums.missed_by_hour[tier, hour] += event.get("missed", 0)
    for cause, count in event.get("missed_by", {}).items():
        sums.late[cause, tier] += count
    for cell, count in event.get("histograms", {}).get("end_to_end", ()):
        sums.cells[tier][cell] += count


def _queue(sums: Recount, event: dict[str, Any], _clock: ZoneInfo) -> None:
    queue = event["queue"]
    sums.queues[queue, "arrivals"] += event.get("arrivals", 0)
    _counts(sums, queue, event.get("counts", {}))
    for cause, count in event.get("duplicates_by", {}).items():
        sums.duplicates[queue, cause] += count
    for kind, count in event.get("errors", {}).items():
        sums.errors[queue, kind] += count
    sums.errors[queue, "other errors"] += event.get("other_errors", 0)


def _daemon(sums: Recount, event: dict[str, Any], _clock: ZoneInfo) -> None:
    sums.worker_seconds += event.get("workers_ready", 0) * event["seconds"]
    for queue, counts in event.get("idle", {}).items():
        _counts(sums, queue, counts)


def _counts(sums: Recount, queue: str, counts: dict[str, int]) -> None:
    for name, count in counts.items():
        if name.startswith("request_"):
            sums.calls[queue, name.removeprefix("request_")] += count
        else:
            sums.queues[queue, name] += count


def assert_same(report: Report, sums: Recount) -> None:
    """Each number of the report, against the recount."""
    assert report.lines.intervals == sums.intervals
    assert {tier.tier: (tier.met, tier.missed) for tier in report.tiers} == {
        tier: (sums.met[tier], sums.missed[tier]) for tier in sums.met
    }
    assert all(tier.messages == tier.met + tier.missed for tier in report.tiers)
    assert _nonzero({(each.cause, each.tier): each.messages for each in report.causes}) == _nonzero(sums.late)
    hours: Counter[tuple[str, str]] = Counter()
    late: Counter[tuple[str, str]] = Counter()
    for hour in report.hours:
        hours[hour.tier, hour.begin] += hour.messages
        late[hour.tier, hour.begin] += hour.missed
    assert (_nonzero(hours), _nonzero(late)) == (_nonzero(sums.by_hour), _nonzero(sums.missed_by_hour))
    _assert_same_quantiles(report, sums)
    _assert_same_queues(report, sums)
    assert abs(report.cost.worker_hours * 3600 - sums.worker_seconds) < 1e-6 * max(1.0, sums.worker_seconds)


def _assert_same_quantiles(report: Report, sums: Recount) -> None:
    for tier in report.tiers:
        cells = sums.cells.get(tier.tier)
        if not cells:
            assert tier.p50_seconds is tier.p99_seconds is None
            continue
        first = min(cells)
        counts = [cells[cell] for cell in range(first, max(cells) + 1)]
        for share, found in ((0.5, tier.p50_seconds), (0.95, tier.p95_seconds), (0.99, tier.p99_seconds)):
            expected = quantile(counts, share, first_cell=first) / MICROSECONDS
            longest = tier.max_seconds or expected
            assert found is not None
            assert abs(found - min(expected, longest)) <= 1e-9 * expected


def _assert_same_queues(report: Report, sums: Recount) -> None:
    for queue in report.queues:
        counted = ("arrivals", "done", "failed", "rejected", "redelivered")
        assert [getattr(queue, name) for name in counted] == [sums.queues[queue.queue, name] for name in counted]
    calls = {(each.queue, each.name): each.count for each in report.requests}
    assert _nonzero(calls) == _nonzero(sums.calls)
    assert report.cost.requests == sum(queue.requests for queue in report.queues) == sum(sums.calls.values())
    assert _nonzero({(each.queue, each.name): each.count for each in report.duplicates}) == _nonzero(sums.duplicates)
    in_all: Counter[str] = Counter()
    for each in report.errors:
        in_all[each.queue] += each.messages
    expected: Counter[str] = Counter()
    for (queue_name, _), count in sums.errors.items():
        expected[queue_name] += count
    assert _nonzero(in_all) == _nonzero(expected)


def _nonzero(counts: Any) -> dict[Any, int]:
    return {name: count for name, count in dict(counts).items() if count}
