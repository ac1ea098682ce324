"""What is ordered, what comes of it, and what is answered."""

from __future__ import annotations

import pytest

from captured_logs import capture_logs
from doubles.process import settings_generation
from punctuald.clock import ManualClock
from punctuald.errors import ConfigurationError
from punctuald.policy.pool.fleet import Event
from punctuald.process.channel.frames import Down, Pause, Resume
from punctuald.process.channel.operator_frames import Answered, Order, Verb
from punctuald.process.notify import Notifier
from punctuald.process.supervisor.by_hand.orders import OperatorOrders
from punctuald.process.supervisor.generations import Generations
from punctuald.process.supervisor.limits.pauses import Pauses
from punctuald.process.supervisor.pool import Pool
from punctuald.process.supervisor.stop import DaemonStop
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

QUEUES = ("orders", "orders@eu-west-1", "orders@us-east-1", "invoices")


class Scene:
    """A pool of two to six workers. ``wrong``: what is the matter with the settings that a reload would read."""

    def __init__(self) -> None:
        self.clock, self.sent, self.wrong = ManualClock(), list[Down](), ""
        board = Board(Layout(queues=QUEUES, tiers=("peak",), handler_slots=1, workers=12))
        generations = Generations(settings_generation.generation(board, min_workers=2, max_workers=6))
        self.pauses = Pauses(self.sent.append)
        self.stop = DaemonStop(Pool(self.clock), Notifier({}), self.clock)
        self.orders = OperatorOrders(generations, self.pauses, self.stop, self.reload)

    def reload(self) -> int:
        if self.wrong:
            raise ConfigurationError(self.wrong)
        return 2

    def order(self, verb: Verb, *, workers: int | None = None, queue: str | None = None) -> tuple[bool, str]:
        with capture_logs() as self.log:
            answered = self.orders.carry_out(Order(7, verb, workers, queue))
        assert isinstance(answered, Answered)
        assert answered.number == 7
        return answered.done, answered.text


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize(
    ("workers", "scaled_to", "text"),
    [
        (4, 4, "4 workers until `scale auto` or a restart"),
        (9, 6, "6 workers, which is max_workers, until `scale auto` or a restart"),
        (0, 2, "2 workers, which is min_workers, until `scale auto` or a restart"),
        (None, None, "the autoscaler has the pool again"),
    ],
)
def test_a_person_has_as_many_workers_as_the_bounds_allow(
    scene: Scene, workers: int | None, scaled_to: int | None, text: str
) -> None:
    scene.order(Verb.SCALE, workers=3)
    assert scene.order(Verb.SCALE, workers=workers) == (True, text)
    assert scene.orders.scaled_to == scaled_to


def test_each_order_has_a_line_and_what_came_of_it_one(scene: Scene) -> None:
    scene.order(Verb.SCALE, workers=9)
    assert [{**line, "log_level": None} for line in scene.log] == [
        {"event": "order.received", "verb": "scale", "workers": 9, "log_level": None},
        {"event": "pool.scaled", "workers": 6, "limit": "max_workers", "log_level": None},
    ]


def test_a_queue_with_regions_is_paused_in_all_of_them(scene: Scene) -> None:
    done, text = scene.order(Verb.PAUSE, queue="orders")
    assert (done, text) == (True, "orders, orders@eu-west-1, orders@us-east-1: paused until `resume` or a restart")
    assert scene.sent == [Pause(queue) for queue in QUEUES[:3]]


def test_one_region_can_be_paused_by_its_own_name(scene: Scene) -> None:
    assert scene.order(Verb.PAUSE, queue="orders@eu-west-1")[0]
    assert scene.pauses.paused == {"orders@eu-west-1"}


def test_without_a_name_all_are_paused_and_resumed(scene: Scene) -> None:
    scene.order(Verb.PAUSE)
    assert scene.pauses.paused == set(QUEUES)
    assert scene.order(Verb.RESUME) == (True, f"{', '.join(QUEUES)}: resumed")
    assert scene.sent[-1] == Resume("invoices")


def test_what_is_so_already_is_said(scene: Scene) -> None:
    assert scene.order(Verb.RESUME, queue="invoices") == (True, "nothing changed: it was so already")


def test_an_unknown_queue_is_refused_with_those_that_there_are(scene: Scene) -> None:
    assert scene.order(Verb.PAUSE, queue="order") == (False, f"there is no queue order; there are: {', '.join(QUEUES)}")
    assert scene.pauses.paused == frozenset()


def test_a_drain_is_a_sigterm(scene: Scene) -> None:
    done, text = scene.order(Verb.DRAIN)
    assert (done, scene.stop.event) == (True, Event.DRAIN)
    assert text.startswith("draining: ")


@pytest.mark.parametrize("verb", Verb)
def test_a_daemon_that_is_stopping_refuses_whatever_is_ordered(scene: Scene, verb: Verb) -> None:
    scene.stop.order(Event.DRAIN, "asked to stop")
    assert scene.order(verb, workers=3) == (False, "the daemon is stopping")
    assert scene.orders.scaled_to is None


def test_a_reload_that_is_accepted_says_which_generation_has_begun(scene: Scene) -> None:
    assert scene.order(Verb.RELOAD) == (True, "started: generation 2")


def test_a_reload_that_is_refused_says_every_reason(scene: Scene) -> None:
    scene.wrong = "config.toml:3: no such tier\nconfig.toml:9: no handler"
    assert scene.order(Verb.RELOAD) == (
        False,
        "refused, nothing has changed: config.toml:3: no such tier\nconfig.toml:9: no handler",
    )
