from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level, lines
from punctuald.policy.advice.mending import Address
from punctuald.policy.advice.stream_advice import (
    LeaseTableFacts,
    RejectedToFacts,
    StreamFacts,
    stream_findings,
)

TABLE = LeaseTableFacts("leaseKey", leases=8)
GOOD = StreamFacts(
    open_shards=8,
    max_workers=8,
    application="counting",
    balance="even_shares",
    retention_seconds=86_400,
    behind_seconds=1.5,
    begins_in_seconds=-60,
    table=TABLE,
    rejected_to=RejectedToFacts("dead"),
)


def stream_faults(facts: StreamFacts) -> list[str]:
    return list(lines(stream_findings(facts), Level.ERROR))


def stream_advice(facts: StreamFacts) -> list[str]:
    return list(lines(stream_findings(facts), Level.WARNING))


def with_table(**facts: object) -> StreamFacts:
    return replace(GOOD, table=replace(TABLE, **facts))  # type: ignore[arg-type]  # each test's own


def test_a_stream_that_is_as_it_should_be_has_neither_faults_nor_advice() -> None:
    assert (stream_faults(GOOD), stream_advice(GOOD)) == ([], [])


def test_of_what_is_not_known_nothing_is_said() -> None:
    unknown = StreamFacts(open_shards=8, max_workers=8, application="counting")
    assert (stream_faults(unknown), stream_advice(unknown)) == ([], [])


def test_a_table_of_something_else_is_a_fault() -> None:
    [fault] = stream_faults(with_table(key="id"))
    assert fault.startswith("DynamoDB's table 'counting' is no lease table: its key is 'id'")


def test_rows_of_another_stream_are_a_fault_with_what_to_do() -> None:
    [fault] = stream_faults(with_table(contradiction="shardId-000000000000 is said to be done for good, and is open"))
    assert "shardId-000000000000 is said to be done for good, and is open; delete the table, or name another" in fault


def test_a_start_that_has_not_come_is_a_fault() -> None:
    [fault] = stream_faults(replace(GOOD, begins_in_seconds=7_200))
    assert fault.startswith("start is 2 h from now")


def test_a_dead_letter_queue_that_is_not_there_is_a_fault() -> None:
    [fault] = stream_faults(replace(GOOD, rejected_to=RejectedToFacts("deed", exists=False)))
    assert fault.startswith("its dead-letter queue 'deed' does not exist")


@pytest.mark.parametrize(("shards", "said"), [(7, "7 open shards for up to 8 workers"), (1, "1 open shard for up to")])
def test_workers_that_no_shard_is_for_are_worth_a_warning(shards: int, said: str) -> None:
    [advice] = stream_advice(replace(GOOD, open_shards=shards))
    assert advice.startswith(said)


@pytest.mark.parametrize(
    ("behind_seconds", "kept_seconds", "said"),
    [
        (43_199, 86_400, None),
        (43_200, 86_400, "it is 12 h behind, and the stream keeps records for 24 h"),
        (6 * 86_400, 7 * 86_400, "it is 6 d behind, and the stream keeps records for 7 d"),
        (600, None, None),
    ],
)
def test_a_lag_that_comes_near_to_what_is_kept_is_worth_a_warning(
    behind_seconds: float, kept_seconds: float | None, said: str | None
) -> None:
    advice = stream_advice(replace(GOOD, behind_seconds=behind_seconds, retention_seconds=kept_seconds))
    assert [line.partition(":")[0] for line in advice] == ([said] if said else [])


def test_a_leader_that_is_not_there_shares_nothing_out() -> None:
    for facts in (replace(GOOD, balance="kcl_leader"), replace(GOOD, balance="kcl_leader", table=None)):
        [advice] = stream_advice(facts)
        assert advice.startswith('balance is "kcl_leader", and no worker of KCL 3 has written to lease table')


def test_a_leader_that_is_there_takes_nothing_back_from_even_shares() -> None:
    [advice] = stream_advice(with_table(has_leader=True, kcl_owners=2))
    assert advice.startswith("workers of KCL 3 share lease table 'counting': ours take an even part")
    assert stream_advice(replace(with_table(has_leader=True), balance="kcl_leader")) == []


def test_workers_of_kcl_2_take_their_part_as_ours_do() -> None:
    assert stream_advice(with_table(kcl_owners=2)) == []


@pytest.mark.parametrize(
    ("facts", "mend"),
    [
        (
            {"open_shards": 3},
            (
                "aws kinesis update-shard-count --stream-name clicks --target-shard-count 8"
                " --scaling-type UNIFORM_SCALING --region eu-north-1"
            ),
        ),
        (
            {"behind_seconds": 80_000},
            (
                "aws kinesis increase-stream-retention-period --stream-name clicks --retention-period-hours 168"
                " --region eu-north-1"
            ),
        ),
        ({"begins_in_seconds": 60}, '[[stream]] name = "clicks": start = "latest"'),
    ],
)
def test_what_mends_it_is_said(facts: dict[str, float], mend: str) -> None:
    named = replace(GOOD, address=Address("clicks", "eu-north-1"))
    [finding] = stream_findings(replace(named, **facts))  # type: ignore[arg-type]  # each test's own
    assert finding.mend == mend


def test_a_lag_says_how_much_time_is_left() -> None:
    [advice] = stream_advice(replace(GOOD, behind_seconds=79_200))
    assert "what is not handled within 2 h is lost unseen" in advice
