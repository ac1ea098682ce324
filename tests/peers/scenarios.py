"""What is done to the daemon on servers that are not ours. A daemon that a step stops is started again at once."""

from __future__ import annotations

from chaos.scenarios.scenario import Action, Load, Scenario, Step

KILLS = tuple(Step(at_seconds, Action.KILL) for at_seconds in (1.0, 2.5, 4.0))
RELOAD_AND_RESTART = (Step(1.0, Action.RELOAD), Step(2.5, Action.STOP), Step(4.5, Action.RELOAD))
STEADY = Load(per_second=40, seconds=4)
BUSY = Load(backlog=60, per_second=60, seconds=5, work_seconds=0.05)
IN_GROUPS = Load(per_second=40, seconds=4, groups=12)

ALL = (
    Scenario("steady", "nothing is done to it", STEADY),
    Scenario("kills", "a worker is killed each 1.5 s", STEADY, steps=KILLS, visibility_seconds=4),
    Scenario(
        "reload_restart",
        "SIGHUP, SIGTERM and a new start, SIGHUP, under load; three receives each",
        BUSY,
        steps=RELOAD_AND_RESTART,
        max_receive_count=3,
    ),
    Scenario(
        "dead_letters",
        "two messages that always fail and two that are rejected; three receives each",
        Load(backlog=40, failing_heads=2, rejected_heads=2),
        max_receive_count=3,
    ),
    Scenario("fifo_steady", "twelve groups", IN_GROUPS, fifo=True),
    Scenario("fifo_kills", "a worker is killed each 1.5 s", IN_GROUPS, steps=KILLS, fifo=True, visibility_seconds=4),
    Scenario(
        "fifo_reload_restart",
        "SIGHUP, SIGTERM and a new start, SIGHUP, under load; three receives each",
        Load(backlog=60, per_second=60, seconds=5, work_seconds=0.05, groups=12),
        steps=RELOAD_AND_RESTART,
        fifo=True,
        max_receive_count=3,
    ),
    Scenario(
        "fifo_dead_letters",
        "of six groups two have a head that always fails and one a head that is rejected; three receives each",
        Load(backlog=60, groups=6, failing_heads=2, rejected_heads=1),
        fifo=True,
        max_receive_count=3,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in ALL}
