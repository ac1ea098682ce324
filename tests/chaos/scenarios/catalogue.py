"""All scenarios."""

from __future__ import annotations

from chaos.ledger.verdict import Terms
from chaos.scenarios.scenario import (
    HANDLE_COROUTINE,
    HANDLE_RATE_LIMITED,
    HANDLE_WITH_DOWNSTREAM,
    Action,
    Load,
    Scenario,
    Step,
)
from chaos.sqs.faults import Fault, Rule

RECEIVE = ("ReceiveMessage",)
DELETE = ("DeleteMessage", "DeleteMessageBatch")
RENEW = ("ChangeMessageVisibility", "ChangeMessageVisibilityBatch")
MAY_STAY = Terms(must_drain=False)
"""After a stop in the middle the rest of a backlog is still in the queue, as it should be."""

CALL_FAULTS = (
    Fault.RESET_BEFORE,
    Fault.RESET_AFTER,
    Fault.TRUNCATE,
    Fault.ERROR_500,
    Fault.ERROR_503,
    Fault.THROTTLE,
    Fault.DELAY,
)
MIXED = (
    Rule(Fault.DELAY, share=0.05),
    Rule(Fault.ERROR_500, share=0.02),
    Rule(Fault.ERROR_503, share=0.02),
    Rule(Fault.THROTTLE, share=0.03),
    Rule(Fault.TRUNCATE, share=0.02),
    Rule(Fault.RESET_BEFORE, share=0.03),
    Rule(Fault.RESET_AFTER, share=0.03),
    Rule(Fault.FAILED_ENTRIES, (*DELETE, *RENEW), share=0.05),
    Rule(Fault.EXPIRED_HANDLES, (*DELETE, *RENEW), share=0.02, entry_share=0.3),
)
UNEVEN = Load(backlog=3_000, work_seconds=0.001, slow_each=21)
"""Quick messages, some of which wait behind slow ones when a worker has to stop."""
STEADY = Load(per_second=150, seconds=6)
SCRIPT = (
    *(Rule(fault, DELETE, calls=(number,)) for number, fault in enumerate(CALL_FAULTS, start=1)),
    *(Rule(fault, RECEIVE, calls=(number,)) for number, fault in enumerate(CALL_FAULTS, start=2)),
    Rule(Fault.FAILED_ENTRIES, DELETE, calls=(10,), entry_share=1.0),
    Rule(Fault.EXPIRED_HANDLES, DELETE, calls=(12,), entry_share=1.0),
)
DUE = {"due_time_field": '"due"'}
KILLS = tuple(Step(at_seconds, Action.KILL) for at_seconds in (1.0, 2.5, 4.0, 5.5))
ONE_TO_FOUR_TO_ONE = (
    *(Step(at_seconds, Action.MORE) for at_seconds in (4.0, 4.5, 5.0)),
    Step(15.0, Action.KILL),
    *(Step(at_seconds, Action.FEWER) for at_seconds in (25.0, 25.5, 26.0)),
)

STANDARD = (
    Scenario(
        "steady", "mixed faults by rate", STEADY, (*MIXED, Rule(Fault.DOUBLE, RECEIVE, 0.03)), vague_counters=True
    ),
    Scenario("coroutines", "the same, for a coroutine handler", STEADY, MIXED, handler=HANDLE_COROUTINE),
    Scenario("scripted", "each of the first receives and deletions fails in another way", STEADY, SCRIPT),
    Scenario(
        "throttling_storm",
        "nine of ten calls are throttled for three seconds",
        STEADY,
        (Rule(Fault.THROTTLE, share=0.9, from_seconds=1.5, until_seconds=4.5),),
    ),
    Scenario(
        "resets_after_effect",
        "a fifth of the receives and deletions is done, and then the connection is reset",
        STEADY,
        (Rule(Fault.RESET_AFTER, (*RECEIVE, *DELETE), share=0.2),),
    ),
    Scenario(
        "silent_connections",
        "connections die without a word, before or after the effect",
        Load(per_second=60, seconds=10),
        (
            *(Rule(fault, DELETE, share=0.1) for fault in (Fault.SILENT, Fault.DROP)),
            *(Rule(fault, RECEIVE, share=0.02) for fault in (Fault.SILENT, Fault.DROP)),
        ),
        catch_up_seconds=40,
        terms=Terms(late_after_seconds=40),
    ),
    Scenario(
        "double_delivery",
        "one message in five comes twice",
        STEADY,
        (Rule(Fault.DOUBLE, RECEIVE, share=0.4),),
    ),
    Scenario(
        "failed_entries",
        "a fifth of all batches has failed entries and ended leases",
        STEADY,
        (
            Rule(Fault.FAILED_ENTRIES, (*DELETE, *RENEW), share=0.2),
            Rule(Fault.EXPIRED_HANDLES, (*DELETE, *RENEW), share=0.05, entry_share=0.3),
        ),
    ),
    Scenario(
        "lost_renewals",
        "handlers longer than a lease, and four in ten renewals fail",
        Load(backlog=24, work_seconds=6.0),
        (Rule(Fault.RESET_BEFORE, RENEW, share=0.2), Rule(Fault.ERROR_503, RENEW, share=0.2)),
    ),
    Scenario("kills", "a worker is killed each 1.5 s", STEADY, steps=KILLS, visibility_seconds=4),
    Scenario(
        "poison",
        "three messages kill each worker that runs them, beside others or alone",
        Load(per_second=60, seconds=6, work_seconds=0.1, poison=3),
        visibility_seconds=4,
        pool={"poison_deaths": 2},
        catch_up_seconds=60,
        terms=Terms(late_after_seconds=60),
    ),
    Scenario(
        "kills_when_idle",
        "the same under twenty messages a second: dead workers' polls are still served",
        Load(per_second=20, seconds=6),
        steps=KILLS,
        visibility_seconds=4,
        queue={"wait_seconds": 4},
    ),
    Scenario(
        "poll_at_stop",
        "messages come while the daemon waits for its last polls; one receive each",
        Load(per_second=40, seconds=1, begin_seconds=1.3),
        steps=(Step(1.0, Action.STOP),),
        max_receive_count=1,
        queue={"wait_seconds": 5},
        terms=MAY_STAY,
    ),
    Scenario(
        "stop_one_receive",
        "SIGTERM in the middle of a backlog; one receive each",
        Load(backlog=2_000, work_seconds=0.02),
        steps=(Step(1.5, Action.STOP),),
        max_receive_count=1,
        terms=MAY_STAY,
    ),
    Scenario(
        "reload_one_receive",
        "SIGHUP in the middle of a backlog of quick and slow messages; one receive each",
        UNEVEN,
        steps=(Step(2.0, Action.RELOAD),),
        max_receive_count=1,
    ),
    Scenario(
        "reload_two_receives",
        "SIGHUP three times under load; two receives each",
        Load(per_second=300, seconds=6, work_seconds=0.03),
        steps=(Step(1.0, Action.RELOAD), Step(3.0, Action.RELOAD), Step(5.0, Action.RELOAD)),
        max_receive_count=2,
    ),
    Scenario(
        "recycling",
        "workers are replaced after 200 quick and slow messages; one receive each",
        UNEVEN,
        max_receive_count=1,
        pool={"recycle_after_messages": 200},
    ),
    Scenario(
        "rate_limited",
        "two a second by `Wait`, four receives each; workers go from one to four and back, and one is killed",
        Load(backlog=100),
        steps=ONE_TO_FOUR_TO_ONE,
        handler=HANDLE_RATE_LIMITED,
        max_receive_count=4,
        pool={"min_workers": 1, "max_workers": 4},
        catch_up_seconds=60.0,
        terms=Terms(all_handled=True),
    ),
    Scenario(
        "due_times",
        "messages are due two seconds after they come; mixed faults, and a worker is killed each 1.5 s",
        Load(per_second=60, seconds=6, due_seconds=2.0),
        MIXED,
        steps=KILLS,
        visibility_seconds=4,
        queue=DUE,
    ),
    Scenario(
        "due_after_stop",
        "SIGTERM while messages wait that are due in a minute; one receive each",
        Load(backlog=60, due_seconds=60.0),
        steps=(Step(2.5, Action.STOP),),
        max_receive_count=1,
        queue=DUE,
        terms=MAY_STAY,
    ),
)
AWAY_12_SECONDS = (Step(3.0, Action.TAKE_DOWNSTREAM_AWAY), Step(15.0, Action.BRING_DOWNSTREAM_BACK))
OUTAGE_TERMS = Terms(late_after_seconds=45, all_handled=True)
DOWNSTREAM = (
    Scenario(
        "downstream_away",
        "what handlers call is away for 12 s; three receives each",
        Load(per_second=60, seconds=18),
        steps=AWAY_12_SECONDS,
        handler=HANDLE_WITH_DOWNSTREAM,
        max_receive_count=3,
        catch_up_seconds=45,
        terms=OUTAGE_TERMS,
    ),
    Scenario(
        "downstream_away_kills",
        "the same with a worker killed in it and a reload; three receives each",
        Load(per_second=60, seconds=18),
        steps=(*AWAY_12_SECONDS, Step(6.0, Action.KILL), Step(9.0, Action.RELOAD)),
        handler=HANDLE_WITH_DOWNSTREAM,
        max_receive_count=3,
        catch_up_seconds=45,
        terms=OUTAGE_TERMS,
    ),
    Scenario(
        "fifo_downstream_away",
        "the same over forty groups",
        Load(per_second=60, seconds=18, groups=40),
        steps=AWAY_12_SECONDS,
        handler=HANDLE_WITH_DOWNSTREAM,
        fifo=True,
        max_receive_count=3,
        catch_up_seconds=45,
        terms=OUTAGE_TERMS,
    ),
)
FIFO = (
    Scenario(
        "fifo_faults",
        "mixed faults over forty groups",
        Load(per_second=150, seconds=6, groups=40),
        MIXED,
        fifo=True,
    ),
    Scenario(
        "fifo_failing_head",
        "a head that always fails, three receives, and nine others behind it",
        Load(backlog=60, groups=6, failing_heads=2),
        fifo=True,
        max_receive_count=3,
    ),
    Scenario(
        "fifo_kills",
        "a worker is killed each 1.5 s",
        Load(per_second=150, seconds=6, groups=40),
        steps=KILLS,
        fifo=True,
        visibility_seconds=4,
    ),
    Scenario(
        "fifo_poison",
        "two messages, with others of their groups behind them, kill each worker that runs them",
        Load(per_second=60, seconds=5, groups=20, work_seconds=0.1, poison=2),
        fifo=True,
        visibility_seconds=4,
        pool={"poison_deaths": 2},
        catch_up_seconds=60,
        terms=Terms(late_after_seconds=60),
    ),
    Scenario(
        "fifo_one_group_one_receive",
        "SIGTERM while one group runs, 2 s a message, one after the other; one receive each",
        Load(backlog=40, groups=1, work_seconds=2.0),
        steps=(Step(3.0, Action.STOP),),
        fifo=True,
        max_receive_count=1,
        pool={"min_workers": 1, "max_workers": 1, "slots": 16},
        terms=MAY_STAY,
    ),
    Scenario(
        "fifo_stop_one_receive",
        "SIGTERM in the middle of a backlog; one receive each",
        Load(backlog=2_000, groups=50, work_seconds=0.02),
        steps=(Step(1.5, Action.STOP),),
        fifo=True,
        max_receive_count=1,
        terms=MAY_STAY,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in (*STANDARD, *DOWNSTREAM, *FIFO)}
