"""What a scenario is: a queue, a load, faults, things that are done to the daemon, and what is demanded in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chaos.ledger.verdict import Terms
from chaos.sqs.faults import Rule

HANDLE = "chaos.handlers:handle"
HANDLE_COROUTINE = "chaos.handlers:handle_coroutine"
HANDLE_WITH_DOWNSTREAM = "chaos.handlers:handle_with_downstream"
HANDLE_RATE_LIMITED = "chaos.handlers:handle_rate_limited"


class Action(StrEnum):
    """What is done to the daemon."""

    KILL = "kill"  # SIGKILL to a worker that is drawn
    RELOAD = "reload"  # SIGHUP
    STOP = "stop"  # SIGTERM
    TAKE_DOWNSTREAM_AWAY = "take_downstream_away"  # what `HANDLE_WITH_DOWNSTREAM` calls is not there
    BRING_DOWNSTREAM_BACK = "bring_downstream_back"
    MORE = "more"  # one worker more, by `scale`
    FEWER = "fewer"  # one worker less


@dataclass(frozen=True, slots=True)
class Step:
    """A action and its time, from the beginning of the load."""

    at_seconds: float
    action: Action


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: ``backlog`` messages at once, then ``per_second`` for ``seconds``, from ``begin_seconds`` on.

    ``groups`` above 0 deals them to so many message groups in turn. The handler works ``work_seconds`` on each; it
    always fails on the first message of the first ``failing_heads`` groups, and rejects that of the ``rejected_heads``
    groups after these; so many of all, ``poison``, kill the worker that runs them. Each is due ``due_seconds`` after it
    is sent, which its body says in the field ``due``. Above 0, each ``slow_each``-th message takes ``slow_seconds``.
    """

    per_second: float = 0.0
    seconds: float = 0.0
    backlog: int = 0
    begin_seconds: float = 0.0
    groups: int = 0
    work_seconds: float = 0.01
    failing_heads: int = 0
    due_seconds: float = 0.0
    rejected_heads: int = 0
    poison: int = 0
    slow_each: int = 0
    slow_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class Scenario:
    """``pool`` and ``queue`` are settings of the daemon's on top of `run_scenario`'s.

    ``vague_counters``: SQS's approximate counters are late and flicker. ``faults`` end with the load.
    """

    name: str
    about: str
    load: Load
    faults: tuple[Rule, ...] = ()
    steps: tuple[Step, ...] = ()
    handler: str = HANDLE
    fifo: bool = False
    visibility_seconds: int = 5
    max_receive_count: int = 20
    pool: Mapping[str, float] = field(default_factory=dict)
    queue: Mapping[str, float | str] = field(default_factory=dict)
    vague_counters: bool = False
    catch_up_seconds: float = 30.0
    terms: Terms = field(default_factory=lambda: Terms(late_after_seconds=25.0))

    @property
    def queue_name(self) -> str:
        """SQS tells a FIFO queue by its name."""
        return "orders.fifo" if self.fifo else "orders"

    @property
    def dead_letter_queue(self) -> str:
        """A FIFO queue's has to be one as well."""
        return "orders-dlq.fifo" if self.fifo else "orders-dlq"
