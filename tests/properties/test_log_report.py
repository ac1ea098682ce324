"""Whatever a log holds: each number of the report is the sum over its lines, and the causes add up to all misses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from doubles.log_report.made_log import HOUR, NOON, daemon, queue, report, tier, write
from doubles.log_report.recount import assert_same, recount
from punctuald.log_tables.figures.misses import CAUSES

COUNT = st.integers(0, 1000)
NAMES = st.sampled_from(["orders", "mail.fifo", "überweisung"])
TIERS = st.sampled_from(["peak", "off hours"])
BEGIN = st.integers(0, 30 * 360).map(lambda number: NOON + 10.0 * number)
LATE = st.dictionaries(st.sampled_from(CAUSES), COUNT, max_size=4)
CELLS = st.dictionaries(st.integers(0, 2623), st.integers(1, 50), max_size=8)
COUNTS = st.dictionaries(
    st.sampled_from(["done", "failed", "rejected", "redelivered", "request_receive", "request_acknowledge"]), COUNT
)

TIER_LINES = st.builds(
    lambda begin, name, tier_name, met, late, cells: tier(
        begin, queue=name, name=tier_name, met=met, late=late, end_to_end=cells
    ),
    BEGIN, NAMES, TIERS, COUNT, LATE, CELLS,
)  # fmt: skip
QUEUE_LINES = st.builds(
    lambda begin, name, arrivals, counts, duplicates, errors, others: queue(
        begin, name=name, arrivals=arrivals, counts=counts, duplicates_by=duplicates, errors=errors, other_errors=others
    ),
    BEGIN, NAMES, COUNT, COUNTS,
    st.dictionaries(st.sampled_from(["copy_in_flight", "lease_lost"]), COUNT),
    st.dictionaries(st.sampled_from([f"Error{n} shop.py:{n}" for n in range(30)]), st.integers(1, 50), max_size=8),
    COUNT,
)  # fmt: skip
DAEMON_LINES = st.builds(
    lambda begin, workers, idle: daemon(begin, workers=workers, idle={"quiet": idle} if idle else {}),
    BEGIN, st.integers(0, 20), st.dictionaries(st.just("request_receive"), COUNT),
)  # fmt: skip
NOISE = st.sampled_from([b"", b"Traceback", b'{"event": 1}', b"[1, 2]", tier()[:100], b"\xff\xfe"])


@settings(
    max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)  # to shrink takes minutes
@given(
    st.lists(TIER_LINES | QUEUE_LINES | DAEMON_LINES | NOISE, max_size=40),
    st.lists(TIER_LINES | NOISE, max_size=10),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
)
def test_each_number_is_the_sum_over_the_lines(first: Sequence[bytes], second: Sequence[bytes], zone: str) -> None:
    first = [daemon(NOON - HOUR), *first]  # so that there is a time for hours to be in
    with TemporaryDirectory() as folder:
        paths = [
            write(Path(folder) / "vm1.log", first),
            write(Path(folder) / "vm2.log.gz", second, zipped=True),
        ]
        found = report(*paths, zone=zone)
    assert_same(found, recount([*first, *second], zone))
    for tier_sum in found.tiers:
        assert sum(each.messages for each in found.causes if each.tier == tier_sum.tier) == tier_sum.missed
    assert found.lines.all == len(first) + len(second)
