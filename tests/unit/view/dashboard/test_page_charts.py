"""The charts of the page: what each says in words, in numbers and in marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from doubles.stats.past_intervals import BEGIN_UTC, past, past_tier
from doubles.status_documents import decision
from punctuald.clock import iso_utc
from punctuald.view.dashboard.known_span import Keeping
from punctuald.view.dashboard.page_charts import page_charts
from punctuald.view.dashboard.past_interval import LATENCY_EDGES_SECONDS, PastInterval

THRESHOLDS = {"peak": 3.0, "night": 60.0}
KEEPING = Keeping(begun_utc=BEGIN_UTC, is_anew=False, level="info", interval_seconds=10)


def charts(*intervals: PastInterval, changes: tuple[Mapping[str, Any], ...] = ()) -> dict[str, Any]:
    """By title, as a browser has them."""
    page = orjson.loads(orjson.dumps(page_charts(intervals, changes, THRESHOLDS, KEEPING)))
    return {chart["title"]: chart for group in page["groups"] for chart in group["charts"]}


def values(chart: Mapping[str, Any], name: str) -> list[float | None]:
    [series] = [each for each in chart["series"] if each["name"] == name]
    return list(series["y"])


def test_before_the_first_interval_is_over_there_is_no_chart_and_the_reason() -> None:
    page = page_charts((), (), THRESHOLDS, KEEPING)
    assert (page["begin"], page["end"], page["intervals"], page["groups"]) == (None, None, 0, [])
    assert page["known"]["text"].startswith("No interval is over yet since 16:00:00 UTC")


def test_each_tier_of_the_last_interval_has_its_latencies_against_its_threshold() -> None:
    two = past(1, tiers=(past_tier(), past_tier("night", p99_seconds=None)))
    found = charts(past(0), two)
    assert values(found["Latency of tier peak"], "p99") == [0.5, 0.5]
    assert values(found["Latency of tier night"], "p99") == [None, None]
    assert found["Latency of tier night"]["thresholds"][0]["value"] == 60.0
    assert found["Latency of tier peak"]["summary"] == "p99 was 500 ms at most. The threshold is 3.00 s."
    assert found["Latency of tier night"]["summary"].startswith("No message was handled.")


def test_the_burn_of_the_budget_is_shown_over_both_windows() -> None:
    burn = charts(past(0))["Burn of the error budget of tier peak"]
    assert (values(burn, "fast window"), values(burn, "slow window")) == ([1.0], [0.5])
    assert burn["summary"].startswith("The fast window's was 1.0 times at most.")


def test_arrivals_backlog_and_workers_share_one_axis_of_time_and_the_decisions() -> None:
    change = decision(4, utc=iso_utc(BEGIN_UTC + 3), reason="backlog", caps={"cpu": 4})
    before = decision(1, utc=iso_utc(BEGIN_UTC - 60))
    found = charts(past(0, backlog=7), past(1, backlog=None, workers_wanted=4), changes=(before, change))
    load = [found[title] for title in ("Arrivals and what is done", "Backlog", "Workers")]
    assert {tuple(chart["series"][0]["x"]) for chart in load} == {(BEGIN_UTC + 10, BEGIN_UTC + 20)}
    assert [chart["marks"] for chart in load] == [
        [{"x": BEGIN_UTC + 3, "text": "4 workers: backlog (at most: cpu 4)", "kind": "decision"}]
    ] * 3
    assert values(load[0], "arrivals") == [10.0, 10.0]
    assert values(load[0], "dead-lettered") == [0.1, 0.1]
    assert values(load[1], "waiting at the source") == [7, None]
    assert values(load[2], "wanted") == [2, 4]


def test_a_decision_for_as_many_workers_as_before_has_no_mark() -> None:
    changes = [decision(workers, utc=iso_utc(BEGIN_UTC + number)) for number, workers in enumerate((1, 2, 2, 1))]
    marks = charts(past(0), changes=tuple(changes))["Workers"]["marks"]
    assert [mark["x"] - BEGIN_UTC for mark in marks] == [0, 1, 3]


def test_the_summary_says_what_takes_most_of_the_time() -> None:
    chart = charts(past(0))["Mean time of a message by stage"]
    assert chart["summary"] == "Most of it is stage handle now."
    idle = charts(replace(past(0), stage_seconds={}))["Mean time of a message by stage"]
    assert idle["summary"] == "No message was handled just now."
    assert values(idle, "handle") == [None]


def test_the_heat_map_has_rows_from_the_quickest_to_the_slowest_message_and_none_beyond() -> None:
    quick = LATENCY_EDGES_SECONDS.index(0.125) + 1
    counts = [0] * (len(LATENCY_EDGES_SECONDS) + 1)
    counts[quick], counts[quick + 2] = 5, 1
    chart = charts(past(0, latencies=tuple(counts)), past(1))["Latencies of messages over time"]
    assert [(each["name"], each["y"]) for each in chart["series"]] == [
        ("125 ms or more", [5.0, 0.0]),
        ("250 ms or more", [0.0, 0.0]),
        ("500 ms or more", [1.0, 0.0]),
    ]
    assert chart["summary"].startswith("6 messages; the slowest took 500 ms or more, the quickest 125 ms or more.")


def test_a_heat_map_of_nothing_says_so() -> None:
    chart = charts(past(0))["Latencies of messages over time"]
    assert (chart["series"], chart["summary"]) == ([], "No message was handled.")
