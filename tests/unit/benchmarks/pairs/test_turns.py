"""Two contenders take turns: while one works, the other stands still."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.comparison.contestants import TESTS
from benchmarks.pairs.ratios import Tally
from benchmarks.pairs.turns import Contender, Rules, take_turns
from benchmarks.processes.consumer import ConsumerError, running

CORES = os.sched_getaffinity(0)
RULES = Rules(seconds=1.2, turn_seconds=0.2, settle_seconds=0.02)
GIVE_UP_SECONDS = 20.0


def calls(file: Path) -> int:
    return int.from_bytes(file.read_bytes(), "little")


@contextmanager
def counting_loop(name: str, directory: Path) -> Iterator[Contender]:
    """A process that counts as fast as it can, stopped."""
    file = directory / name
    file.write_bytes(bytes(8))
    command = [sys.executable, "-P", "-m", "benchmarks.peers.bare_loop", "count", str(file)]
    with running([command], {**os.environ, "PYTHONPATH": str(TESTS)}, CORES, directory / "log") as consumer:
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while calls(file) == 0:
            assert time.monotonic() < give_up, consumer.last_words()
            time.sleep(0.01)
        consumer.tree.stop()
        yield Contender(name, consumer, lambda: Tally(time.monotonic(), calls(file)))


def test_contenders_work_one_after_the_other_and_are_stopped_at_the_end(tmp_path: Path) -> None:
    with counting_loop("ours", tmp_path) as ours, counting_loop("theirs", tmp_path) as theirs:
        pairs = take_turns(ours, theirs, RULES)
        still = (ours.tally().messages, theirs.tally().messages)
        time.sleep(0.05)

        assert (ours.tally().messages, theirs.tally().messages) == still
    turns = [turn for pair in pairs for turn in (pair.ours, pair.theirs)]
    turns.sort(key=lambda turn: turn.begin.mono_seconds)
    assert len(pairs) == 3
    assert all(before.end.mono_seconds < after.begin.mono_seconds for before, after in pairwise(turns))
    assert all(turn.messages > 0 and turn.cpu_share > 0 for turn in turns)


def test_who_begins_changes_from_pair_to_pair(tmp_path: Path) -> None:
    with counting_loop("ours", tmp_path) as ours, counting_loop("theirs", tmp_path) as theirs:
        pairs = take_turns(ours, theirs, RULES)

    began = [pair.ours.begin.mono_seconds < pair.theirs.begin.mono_seconds for pair in pairs]
    assert began == [True, False, True]


def test_a_contender_that_does_nothing_in_its_turn_is_named(tmp_path: Path) -> None:
    with counting_loop("ours", tmp_path) as ours, counting_loop("theirs", tmp_path) as theirs:
        lazy = Contender("lazy", theirs.consumer, lambda: Tally(time.monotonic(), 7))

        with pytest.raises(ConsumerError, match="lazy did nothing"):
            take_turns(ours, lazy, RULES)


def test_a_contender_that_ends_is_noticed(tmp_path: Path) -> None:
    with counting_loop("ours", tmp_path) as ours, counting_loop("theirs", tmp_path) as theirs:
        theirs.consumer.tree.kill()

        with pytest.raises(ConsumerError, match=r"theirs did nothing|it ended with status -9"):
            take_turns(ours, theirs, RULES)
