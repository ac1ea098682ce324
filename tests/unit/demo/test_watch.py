from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from punctuald.clock import ManualClock
from punctuald.demo.daemon_log import DaemonLog
from punctuald.demo.daemon_process import DaemonProcess, DaemonRunError
from punctuald.demo.ledger import Ledger, record
from punctuald.demo.watch import Progress, Watch


class FakeDaemon(DaemonProcess):
    """A daemon without a process."""

    def __init__(self) -> None:
        self.status: int | None = None

    @property
    def exit_status(self) -> int | None:
        return self.status


class Scene:
    """A watch over files that the test writes; time passes only while the watch waits."""

    def __init__(self, directory: Path) -> None:
        self.log, self.ledger = directory / "daemon.log", directory / "ledger.txt"
        self.clock = ManualClock(mono=0.0)
        self.daemon = FakeDaemon()
        self.progress: list[Progress] = []
        self.happenings: list[tuple[float, Callable[[], object]]] = []
        self.watch = Watch(
            self.daemon,
            DaemonLog(self.log),
            Ledger(self.ledger),
            clock=self.clock,
            on_progress=self.progress.append,
            pause=self._pass,
        )

    def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for happening in [one for one in self.happenings if one[0] <= self.clock.mono()]:
            self.happenings.remove(happening)
            happening[1]()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_ready_is_seen_soon_after_it_is_logged(scene: Scene) -> None:
    scene.happenings.append((0.5, lambda: scene.log.write_text('{"event": "daemon.ready"}\n')))
    scene.watch.until_ready(10.0)
    assert scene.clock.mono() < 0.7


def test_a_daemon_that_does_not_become_ready_is_an_error_with_its_log(scene: Scene) -> None:
    scene.log.write_text("ImportError: no module named orders\n")
    with pytest.raises(DaemonRunError, match=r"(?s)not ready within 2 s.*no module named orders"):
        scene.watch.until_ready(2.0)


def test_a_daemon_that_dies_is_noticed_at_once(scene: Scene) -> None:
    def die() -> None:
        scene.daemon.status = 78

    scene.happenings.append((0.3, die))
    with pytest.raises(DaemonRunError, match="exit status 78"):
        scene.watch.pause(3600.0)
    assert scene.clock.mono() < 0.5


def test_the_wait_ends_with_the_last_event(scene: Scene) -> None:
    scene.watch.sent_ids = ["a", "b"]
    for second, event_id in ((1.0, "a"), (2.0, "b")):
        scene.happenings.append((second, lambda one=event_id: record(scene.ledger, one, pid=1, finished_mono=0.0)))  # type: ignore[misc]  # bound now
    scene.watch.until_processed(60.0)
    assert 2.0 <= scene.clock.mono() < 2.2
    assert scene.progress[-1] == Progress(sent=2, processed=2, workers=0)


def test_events_that_never_come_end_the_wait_in_time(scene: Scene) -> None:
    scene.watch.sent_ids = ["a"]
    scene.watch.until_processed(5.0)
    assert scene.clock.mono() == pytest.approx(5.0)
    assert scene.progress[-1].processed == 0


def test_a_pause_takes_its_time_and_no_longer(scene: Scene) -> None:
    scene.watch.pause(0.25)
    assert scene.clock.mono() == pytest.approx(0.25)
