"""When what the handlers of a queue call is away: who finds that out, who asks whether it is back, and what then.

Every worker reports on each queue where all can see it (`Report`), and each concludes from all reports by itself.
Points in time are monotonic, which all processes of a host share; 0.0 = never.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .lease import WAITING_SECONDS

EVIDENCE_SECONDS = 10.0
"""Two messages that find it away within so long are no coincidence; one alone may be at fault itself."""

LONGEST_WAIT_SECONDS = 30.0
LONGEST_RETRY_AFTER_SECONDS = 900.0
HIGHEST_EXPONENT = 10

ROUNDING_SECONDS = 0.001

TURN_SECONDS = 2.0
RECEIVE_TURN_SECONDS = 30.0
"""For a worker that has to receive a message first: longer than a long poll, so that not all of them begin one."""

DOUBLING_SECONDS = 1.0
RAMP_SECONDS = 6.0
"""What comes back meets every client at once, and often falls again. So a worker begins with one message at a time and
doubles that each second: 32 in the sixth, and then as many as it likes."""

RELAPSE_SECONDS = 1.0
"""While a queue opens again it goes down anew only where nothing was done for so long: connections that broke in the
outage are found out one by one, and each of them says once more that it is away."""

OWN_FAULT_AFTER = 3
HIDDEN_SECONDS = 900.0


class Report(NamedTuple):
    """What one worker says of one queue.

    ``raised_by`` stands for the last message that raised `Unavailable`. ``down_mono`` and ``up_mono``: when the queue
    last went down and came back, as far as this worker knows. ``probes`` were made in this outage up to its last one;
    ``held`` counts the messages that it keeps until the queue is back, one that probes included. ``done_mono``: when it
    last finished one while the queue was coming back. ``not_before_mono``: when a handler here wanted to be asked again
    in this outage, at the earliest.
    """

    ready: bool = False
    raised_mono: float = 0.0
    raised_by: int = 0
    down_mono: float = 0.0
    up_mono: float = 0.0
    probed_mono: float = 0.0
    probes: int = 0
    held: int = 0
    done_mono: float = 0.0
    not_before_mono: float = 0.0


class Agreed(NamedTuple):
    """What follows from all reports on one queue."""

    down_mono: float = 0.0
    up_mono: float = 0.0
    probed_mono: float = 0.0
    probes: int = 0
    not_before_mono: float = 0.0

    @property
    def is_down(self) -> bool:
        """Whether nothing is to be received."""
        return self.down_mono > self.up_mono


UP = Agreed()


def agreed(reports: Iterable[Report]) -> Agreed:
    """The latest of each kind. Of an earlier outage neither probes count nor what handlers asked for; a worker that is
    dead may still stand there with it."""
    every = (*reports, Report())
    down_mono, up_mono = max(each.down_mono for each in every), max(each.up_mono for each in every)
    probed_mono, probes = max((each.probed_mono, each.probes) for each in every)
    not_before_mono = max(each.not_before_mono for each in every if is_same(each.down_mono, down_mono))
    probed_mono, probes = (probed_mono, probes) if probed_mono > down_mono else (0.0, 0)
    return Agreed(down_mono, up_mono, probed_mono, probes, not_before_mono)


def is_same(mono: float, other_mono: float) -> bool:
    """Whether two workers mean the same moment: the board rounds what one says, and again what another one repeats."""
    return abs(mono - other_mono) < ROUNDING_SECONDS


def is_away(raised_by: int, reports: Sequence[Report], up_mono: float, now_mono: float) -> bool:
    """Whether another message than ``raised_by``, which raised `Unavailable` just now, did so lately and since the
    queue came back."""
    done_mono = max((each.done_mono for each in reports), default=0.0)
    comes_back = up_mono > 0 and at_once(now_mono - up_mono) is not None
    if comes_back and now_mono - max(done_mono, up_mono) < RELAPSE_SECONDS:
        return False
    since_mono = max(up_mono, now_mono - EVIDENCE_SECONDS)
    return any(each.raised_mono >= since_mono and each.raised_by != raised_by for each in reports if each.raised_mono)


def prober(reports: Sequence[Report], overdue_seconds: float = 0.0) -> int | None:
    """Whose turn it is to ask, by its place in ``reports``: the first ready worker that holds a message, else the
    first ready one, which has to receive one for it.

    It may be unable to, because its slots are busy with something else or it has stopped. So when a probe is overdue
    for `TURN_SECONDS` the next one has its turn, those that hold a message first, then the others, and so on all round.
    """
    turns = _turns(reports)
    left_seconds = overdue_seconds % sum(seconds for _, seconds in turns) if turns and overdue_seconds > 0 else 0.0
    for place, seconds in turns:
        if left_seconds < seconds:
            return place
        left_seconds -= seconds
    return turns[0][0] if turns else None


def _turns(reports: Sequence[Report]) -> list[tuple[int, float]]:
    ready = [place for place, each in enumerate(reports) if each.ready]
    holding = [(place, TURN_SECONDS) for place in ready if reports[place].held]
    return holding + [(place, RECEIVE_TURN_SECONDS) for place in ready if not reports[place].held]


def wait_seconds(times: int, jitter: float) -> float:
    """Until the next try after ``times`` in vain: up to 1 s at first, twice that each time, at most 30.

    Half is certain and half is drawn (``jitter`` from 0 to 1), so that many hosts don't ask together.
    """
    ceiling = min(LONGEST_WAIT_SECONDS, 2.0 ** min(times, HIGHEST_EXPONENT))
    return ceiling / 2 + jitter * ceiling / 2


def probe_due_mono(state: Agreed, jitter: float) -> float:
    """When the next probe may begin."""
    waited_mono = max(state.down_mono, state.probed_mono) + wait_seconds(state.probes, jitter)
    return max(waited_mono, state.not_before_mono)


def alone_seconds(times: int, retry_after: float | None, jitter: float) -> float:
    """Until the next try of a message that alone found it away, and now for the time number ``times``: by the back-off
    of `wait_seconds`, and not before its handler wanted it (``retry_after``, up to 900 s)."""
    return max(wait_seconds(times - 1, jitter), within_reason(retry_after or 0.0))


def within_reason(retry_after: float) -> float:
    """What counts of a time that a handler names, which may be anything: 0 to 900 seconds."""
    return min(max(retry_after, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def at_once(since_up_seconds: float) -> int | None:
    """How many messages of a queue that is back a worker may be at; None = as many as it likes."""
    if since_up_seconds >= RAMP_SECONDS:
        return None
    return int(2 ** (max(0.0, since_up_seconds) // DOUBLING_SECONDS))


class Raised(NamedTuple):
    """How often one message raised `Unavailable`: ``times`` in all; ``counted`` leaves out those that say nothing about
    this one: since whose predecessor no other message passed, and those while the queue opens again, when each
    connection that broke is found out by whatever message meets it."""

    times: int = 0
    counted: int = 0
    last_mono: float = 0.0

    def again(self, passed_mono: float, now_mono: float, *, comes_back: bool = False) -> Raised:
        """It did so once more; another message was done at ``passed_mono``. ``comes_back``: the queue opens again."""
        counts = self.times == 0 or (passed_mono > self.last_mono and not comes_back)
        return Raised(self.times + 1, self.counted + counts, now_mono)

    @property
    def is_own_fault(self) -> bool:
        """Whether what it needs is there for others, so that it has failed."""
        return self.counted >= OWN_FAULT_AFTER


def hidden_seconds(in_flight_seconds: float) -> float:
    """For how long a message is hidden that goes back because its queue is down: not at all where the worker ends, for
    others may have it; where its lease can't be renewed any more, long enough not to come again at once."""
    return HIDDEN_SECONDS if in_flight_seconds > WAITING_SECONDS else 0.0
