"""The account that a server of others does not keep, put together from what everybody else wrote down.

Known are: what was sent; each run of a handler, and which receive of the message that was; the daemon's log, which says
when a message was deleted or dead-lettered; and what is left in both queues at the end. Receives that led to no run are
not known, unless the server itself dead-lettered the message: then it was received as often as its queue allows, and
for each of these there has to be a run, or a worker that was killed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from chaos.ledger.events import History, Kind, QueueEvent, Run
from peers.queues import DeadLetter, Sent

Event = Mapping[str, Any]

DELETED = frozenset({"message.done", "message.breached", "message.discarded"})
REJECTED = "message.rejected"
DEAD_LETTER_QUEUE = "dead letters"
JUST_AFTER_SECONDS = 1e-6
LOG_LAG_SECONDS = 0.25
"""The daemon writes that a message is dead-lettered when the server has answered; by then another worker may have got
the next one of its group."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """``left`` is what the server counts in the queue at the end, at ``ended_mono``; ``utc_less_mono`` is what the wall
    clock is ahead of the monotonic one. ``killed_mono`` are the workers that the harness killed, by pid."""

    queue: str
    max_receive_count: int
    sent: Sequence[Sent]
    runs: Sequence[Run]
    log: Sequence[Event]
    dead_letters: Sequence[DeadLetter]
    left: int
    ended_mono: float
    utc_less_mono: float
    killed_mono: Mapping[int, float]


def history_of(accounts: Accounts) -> History:
    """What the ledger judges."""
    runs, log, dead = _runs_by_id(accounts), _log_by_id(accounts), {each.body: each for each in accounts.dead_letters}
    events: list[QueueEvent] = []
    for sent in accounts.sent:
        joined = _Joined(accounts, sent, runs[sent.message_id], log[sent.message_id], dead.get(sent.body))
        events += joined.events()
    return History(accounts.queue, DEAD_LETTER_QUEUE, events, accounts.runs, accounts.killed_mono)


def _runs_by_id(accounts: Accounts) -> defaultdict[str, list[Run]]:
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    for run in accounts.runs:
        runs[run.message_id].append(run)
    return runs


def _log_by_id(accounts: Accounts) -> defaultdict[str, list[tuple[str, float]]]:
    """Name and time of what the daemon said of each message."""
    log: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for event in accounts.log:
        if event["event"] in DELETED or event["event"] == REJECTED:
            said_utc = datetime.fromisoformat(event["timestamp"]).timestamp()
            log[event["message_id"]].append((event["event"], said_utc - accounts.utc_less_mono))
    return log


@dataclass(frozen=True, slots=True)
class _Joined:
    """One message."""

    accounts: Accounts
    sent: Sent
    runs: Sequence[Run]
    said: Sequence[tuple[str, float]]
    dead_letter: DeadLetter | None

    def events(self) -> Iterator[QueueEvent]:
        """As a server would have written them."""
        yield self._event(self.sent.mono, Kind.SENT, group=self.sent.group, body=self.sent.body)
        for receive_count, pid, mono in self._receives():
            yield self._event(
                mono, Kind.RECEIVED, handle=f"{pid}/{receive_count}", receive_count=receive_count, pid=pid
            )
        deletions = [mono for name, mono in self.said if name in DELETED]
        for mono in deletions:
            yield self._event(mono, Kind.DELETED)
        if self.dead_letter is not None:
            yield from self._dead_lettered(self.dead_letter)
        elif not deletions and not self.accounts.left:  # it is nowhere, and nobody says why
            yield self._event(self.accounts.ended_mono, Kind.DELETED)

    def _receives(self) -> Iterator[tuple[int, int, float]]:
        """Each that led to a run; repeats in place are runs of the same receive."""
        known: set[tuple[int, int]] = set()
        for run in self.runs:
            if (run.receive_count, run.pid) not in known:
                known.add((run.receive_count, run.pid))
                yield run.receive_count, run.pid, run.started_mono

    def _dead_lettered(self, dead_letter: DeadLetter) -> Iterator[QueueEvent]:
        mono, rejected = self._last_known_mono(), [mono for name, mono in self.said if name == REJECTED]
        if dead_letter.reason:
            said_mono = min(rejected, default=mono)
            copied_mono = max(mono, said_mono - LOG_LAG_SECONDS)
            body, reason = dead_letter.body, dead_letter.reason
            yield QueueEvent(copied_mono, Kind.SENT, DEAD_LETTER_QUEUE, "", body=body, reason=reason)
            yield self._event(max(copied_mono, said_mono), Kind.DELETED)
            return
        for receive_count, pid in self._receives_without_a_run():
            handle = f"without a run/{receive_count}"
            yield self._event(mono, Kind.RECEIVED, handle=handle, receive_count=receive_count, pid=pid)
        yield self._event(mono, Kind.REDRIVEN)

    def _last_known_mono(self) -> float:
        """Nobody says when the server moved it: just after its last run, so that no order is broken but by a run."""
        return (
            max((run.ended_mono or run.started_mono for run in self.runs), default=self.sent.mono) + JUST_AFTER_SECONDS
        )

    def _receives_without_a_run(self) -> Iterator[tuple[int, int | None]]:
        """Those that must have been, and for each a worker that was killed meanwhile and may have had it."""
        seen = {run.receive_count for run in self.runs}
        missing = [count for count in range(1, self.accounts.max_receive_count + 1) if count not in seen]
        killed = [pid for pid, mono in self.accounts.killed_mono.items() if mono >= self.sent.mono]
        yield from zip_longest(missing, killed[: len(missing)])

    def _event(self, mono: float, kind: Kind, **fields: Any) -> QueueEvent:
        return QueueEvent(mono, kind, self.accounts.queue, self.sent.message_id, **fields)
