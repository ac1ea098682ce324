from __future__ import annotations

import pytest

from punctuald.policy.advice.amounts import counted, money, size, span
from punctuald.policy.advice.finding import Examined, Finding, Level, error, lines, note, warning, worst


def test_the_worst_finding_is_what_counts() -> None:
    good, noted = Examined("queue bills"), Examined("queue orders", (note("a", "to know"), warning("b", "late")))
    assert (good.level, noted.level) == (Level.OK, Level.WARNING)
    assert worst([good, noted, Examined("tiers", (error("c", "lost"),))]) is Level.ERROR
    assert worst([]) is Level.OK


def test_a_line_has_what_it_is_and_what_comes_of_it() -> None:
    found = (error("a", "it is gone", "nothing comes"), warning("b", "it is slow"))
    assert lines(found, Level.ERROR) == ("it is gone: nothing comes",)
    assert lines(found, Level.WARNING) == ("it is slow",)


@pytest.mark.parametrize(
    ("mend", "is_command"),
    [
        ("aws sqs create-queue --queue-name orders", True),
        ("punctuald queue tune orders --retention 60", True),
        ("kafka-topics.sh --alter", True),
        ('[[queue]] name = "orders": wait_seconds = 20', False),
        ("", False),
    ],
)
def test_a_command_is_known_from_a_setting(mend: str, is_command: bool) -> None:
    assert Finding(Level.NOTE, "a", "b", mend=mend).is_command is is_command


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.25, "0.25 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3_600, "1 h"),
        (86_400, "24 h"),
        (172_800, "2 d"),
        (561_600, "6.5 d"),
    ],
)
def test_a_time_is_said_in_the_unit_that_one_thinks_in(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_sizes_money_and_numbers_are_said_as_people_do() -> None:
    assert (size(50 << 20), size(3 << 29)) == ("50 MiB", "1.5 GiB")
    assert (money(10.368), money(1_234.5)) == ("10.37 USD", "1,234 USD")
    assert (counted(1, "shard"), counted(0, "shard")) == ("1 shard", "0 shards")
