"""Two regions whose clocks are five minutes apart: how long a message took is true in both."""

from __future__ import annotations

import time

from process.given import DONE_AT_ONCE
from process.regions.conftest import Region, TwoRegions

FIVE_MINUTES = 300.0
TAKES_SECONDS = 1.0
"""From send to receive, on a machine that is shared."""


def queue_seconds(regions: TwoRegions, region: Region, ids: list[str]) -> list[float]:
    regions.daemon.wait_done(ids)
    return [
        event["queue_seconds"]
        for event in regions.daemon.events("message.done", queue=region.label)
        if event["message_id"] in ids
    ]


def test_latencies_are_right_from_the_first_message_to_half_a_second_and_after_a_hundred_answers_to_milliseconds(
    regions: TwoRegions,
) -> None:
    """The real time between send and receive is a few milliseconds; what is measured beyond is the clocks'."""
    regions.west.gate.ahead_seconds = FIVE_MINUTES
    regions.start(DONE_AT_ONCE)
    for region in (regions.east, regions.west):
        [first] = queue_seconds(regions, region, region.send("first"))
        assert first < TAKES_SECONDS
    for region in (regions.east, regions.west):
        for number in range(60):  # a receive and a deletion each
            queue_seconds(regions, region, region.send(str(number)))
    for region in (regions.east, regions.west):
        later = [queue_seconds(regions, region, region.send(f"later{number}"))[0] for number in range(15)]
        assert sorted(later)[7] < 0.15, "the middle one"
    [skewed] = regions.daemon.events("source.clock_skewed")
    assert (skewed["region"], round(skewed["skew_seconds"] / 10)) == (regions.west.name, 30)


def test_due_times_of_both_regions_mean_the_same_moment(regions: TwoRegions) -> None:
    """A producer's own clock is the daemon's here, and a region's clock that is off changes nothing of it."""
    regions.west.gate.ahead_seconds = FIVE_MINUTES
    regions.start(DONE_AT_ONCE, {"due_time_field": "not_before"})
    for region in (regions.east, regions.west):
        regions.daemon.wait_done(region.send("{}"))
    due_utc = time.time() + 3
    bodies = [f'{{"not_before":{due_utc},"of":"{region.name}"}}' for region in (regions.east, regions.west)]
    ids = [*regions.east.send(bodies[0]), *regions.west.send(bodies[1])]
    regions.daemon.wait_done(ids)
    # Until many answers were seen, a region's clock is known to half a second.
    assert due_utc - 0.5 <= time.time() < due_utc + 5
