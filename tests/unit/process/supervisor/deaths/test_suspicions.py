"""What a process says of messages counts, as far as a table remembers it, and costs no more than that."""

from __future__ import annotations

import pytest

from punctuald.process.channel.frames import Cleared, Ill, OfMessages, Stuck
from punctuald.process.supervisor.deaths.suspicions import MOST_NAMED, Suspicions
from punctuald.stats.board.digest import message_digest
from punctuald.stats.board.tables.suspects import Suspects
from punctuald.stats.board.tables.tables import Tables

NAMED = tuple(f"made up {number}" for number in range(MOST_NAMED))
MORE = tuple(f"one more {number}" for number in range(3_000))


@pytest.mark.parametrize("kind", [Stuck, Ill])
def test_a_process_that_names_messages_without_end_is_not_listened_to_for_ever(kind: type[Stuck | Ill]) -> None:
    tables = Tables()
    suspicions = Suspicions(tables, pid=11)
    for frame in (kind(NAMED), kind(MORE), kind(MORE[::-1])):
        suspicions.hear(frame)
    table = table_of(kind, tables)
    assert [table.deaths(message_id) for message_id in NAMED] == [1] * MOST_NAMED
    assert not any(table.deaths(message_id) for message_id in MORE)


def table_of(kind: type[OfMessages], tables: Tables) -> Suspects:
    return tables.ills if kind is Ill else tables.suspects


def test_what_a_process_ran_when_it_died_is_suspect_whatever_it_said_before() -> None:
    tables = Tables()
    suspicions = Suspicions(tables, pid=11)
    suspicions.hear(Stuck(NAMED))
    suspicions.ended([message_digest("poison"), message_digest(NAMED[7])], may_convict=True)
    assert tables.suspects.deaths("poison") == tables.suspects.deaths(NAMED[7]) == 1


def test_what_it_clears_is_cleared_however_much_it_named() -> None:
    tables = Tables()
    Suspicions(tables, pid=10).ended([message_digest("bystander")], may_convict=True)
    suspicions = Suspicions(tables, pid=11)
    for frame in (Ill(NAMED), Cleared((*MORE, "bystander"))):
        suspicions.hear(frame)
    assert tables.suspects.deaths("bystander") == 0
