"""Where a partition begins for which nothing is committed: «latest» is asked once in a group's life."""

from __future__ import annotations

import pytest

from punctuald.policy.receive.start_offset import Begin, begin_of, since_of, since_text


def test_earliest_is_the_beginning_of_the_log_whenever_it_is_asked() -> None:
    assert [begin_of("earliest", since) for since in (None, 1_700_000_000_000)] == [Begin.EARLIEST] * 2


def test_latest_is_the_end_for_a_group_that_begins_now() -> None:
    assert begin_of("latest", None) is Begin.LATEST


def test_latest_is_the_start_of_the_group_for_a_partition_that_appears_later() -> None:
    assert begin_of("latest", 1_700_000_000_000) is Begin.GROUP_START


def test_the_start_of_a_group_is_kept_in_what_its_commits_carry() -> None:
    assert since_of(since_text(1_700_000_000_000)) == 1_700_000_000_000


@pytest.mark.parametrize("metadata", [None, "", "since=", "since=-5", "since=soon", "someone else's", "1700000000000"])
def test_what_others_wrote_there_is_no_beginning(metadata: str | None) -> None:
    assert since_of(metadata) is None
