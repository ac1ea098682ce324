"""What is said of the daemon as a whole: once, again while it lasts, and to systemd too."""

from __future__ import annotations

from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.process.settings_generation import numbered
from punctuald.clock import ManualClock
from punctuald.errors import ConfigurationError
from punctuald.policy.log_lines.lists import MOST_LISTED
from punctuald.policy.pool.fleet import State
from punctuald.process.supervisor.announcements import Announcements
from punctuald.process.supervisor.generations import Generations
from punctuald.process.supervisor.notify import Notifier
from punctuald.process.supervisor.pool import Pool
from punctuald.process.supervisor.queue_states import QueueStates


class CountedPool(Pool):
    """As many slots in each state as the test says."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.counts: dict[State, int] = {State.READY: 1}

    def count(self, *states: State, generation: int | None = None) -> int:  # noqa: ARG002 - all are of one
        return sum(self.counts.get(state, 0) for state in states)


class RememberingNotifier(Notifier):
    """What systemd would show."""

    def __init__(self) -> None:
        super().__init__({})
        self.shown: list[str] = []

    def ready(self, status: str) -> None:
        self.shown.append(status)

    status = ready


class Scene:
    def __init__(self) -> None:
        self.clock, self.notifier = ManualClock(), RememberingNotifier()
        self.pool, self.generations = CountedPool(self.clock), Generations(numbered(1))
        queues = QueueStates(["orders"], self.clock)
        self.announcements = Announcements(self.generations, self.pool, queues, self.notifier, self.clock)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_slots_that_were_given_up_are_told_again_every_five_minutes_until_a_reload(scene: Scene) -> None:
    def look_for(minutes: int) -> None:
        for _ in range(minutes):
            scene.announcements.look()
            scene.clock.advance(60)

    with capture_logs() as log:
        scene.pool.counts[State.FATAL] = 2
        look_for(11)
        scene.pool.counts[State.FATAL] = 0
        look_for(11)
    short = [line for line in log if line["event"] == "pool.short"]
    assert [(line["log_level"], line["given_up"]) for line in short] == [("error", 2)] * 2


def test_a_reload_that_was_refused_shows_in_the_status_until_one_is_completed(scene: Scene) -> None:
    scene.announcements.look()
    scene.announcements.reload_refused(ConfigurationError("config.toml:3: no such tier\nconfig.toml:9: no handler"))
    assert scene.notifier.shown[-1] == "the last reload was refused: config.toml:3: no such tier"
    scene.generations.install(numbered(2))
    scene.announcements.look()
    assert scene.notifier.shown[-1] == "1 workers ready"


def test_the_line_of_a_refusal_does_not_grow_with_the_mistakes(scene: Scene) -> None:
    mistakes = [f"config.toml:{line}: wrong" for line in range(300)]
    with capture_logs() as log:
        scene.announcements.reload_refused(ConfigurationError("\n".join(mistakes)))
    [line] = log
    assert (len(line["errors"]), line["errors_more"]) == (MOST_LISTED, 300 - MOST_LISTED)


@pytest.mark.parametrize(
    ("fails", "shown"),
    [
        (
            lambda say: say.misconfigured("queue 'orders' does not exist"),
            "misconfigured: queue 'orders' does not exist",
        ),
        (lambda say: say.failed("killed by SIGSEGV"), "no worker can be started: the last one killed by SIGSEGV"),
    ],
)
def test_a_daemon_that_failed_goes_on_showing_why(fails: Any, shown: str, scene: Scene) -> None:
    fails(scene.announcements)
    scene.announcements.stopped(1)
    assert scene.notifier.shown == [f"failed: {shown}"]
