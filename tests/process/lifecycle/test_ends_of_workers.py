"""A worker that ends in order loses nothing that handlers have only in its memory, and ends whatever they left."""

from __future__ import annotations

import gzip
import signal
from collections.abc import Callable

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops

BUFFERS = """
import atexit, csv, gzip

PID = os.getpid()
PLAIN = open(HERE / f"plain-{PID}.txt", "a")
TABLE = open(HERE / f"table-{PID}.txt", "a", newline="")
ROWS = csv.writer(TABLE, lineterminator="\\n")
PACKED = gzip.open(HERE / f"packed-{PID}.gz", "at")
KEPT = []

@atexit.register
def write_kept():
    (HERE / f"kept-{PID}.txt").write_text("".join(f"{body}\\n" for body in KEPT))

def handle(message: Message) -> None:
    PLAIN.write(message.body + "\\n")
    ROWS.writerow([message.body])
    PACKED.write(message.body + "\\n")
    KEPT.append(message.body)
"""
BODIES = [f"order-{number}" for number in range(75)]


def lines(daemon: DaemonUnderTest, kind: str) -> list[str]:
    return sorted(line for path in daemon.directory.glob(f"{kind}-*.txt") for line in path.read_text().splitlines())


def packed_lines(daemon: DaemonUnderTest) -> list[str]:
    return sorted(
        line for path in daemon.directory.glob("packed-*.gz") for line in gzip.open(path, "rt").read().splitlines()
    )


def recycled(daemon: DaemonUnderTest) -> None:
    daemon.wait_for("process.retiring", reason="recycled by messages")
    daemon.wait_for("worker.drained")  # by when its successor is ready


def scaled_in(daemon: DaemonUnderTest) -> None:
    daemon.scale(1)
    daemon.wait_for("process.signalled", reason="scaled in")


def reloaded(daemon: DaemonUnderTest) -> None:
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")


def stopped(_daemon: DaemonUnderTest) -> None:
    """As all are in the end."""


@pytest.mark.parametrize(
    ("ends", "workers", "recycle_after"),
    [(recycled, 1, 20), (scaled_in, 2, 0), (reloaded, 1, 0), (stopped, 1, 0)],
    ids=["recycled", "scaled in", "reloaded", "stopped"],
)
def test_300_of_300_buffered_lines_are_written_however_a_worker_ends_in_order(
    strict_daemon: DaemonUnderTest, ends: Callable[[DaemonUnderTest], None], workers: int, recycle_after: int
) -> None:
    daemon, bodies = strict_daemon, BODIES
    daemon.start(BUFFERS, pool={"max_workers": 2, "recycle_after_messages": recycle_after, "recycle_jitter": 0})
    if workers == 2:
        daemon.scale(2)
    daemon.wait_until(lambda: len(daemon.workers()) == workers, "the workers")
    ids = daemon.send(*bodies[:60])
    daemon.wait_done(ids)
    ends(daemon)
    daemon.wait_done(daemon.send(*bodies[60:]))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert [lines(daemon, kind) for kind in ("plain", "table", "kept")] == [sorted(bodies)] * 3
    assert packed_lines(daemon) == sorted(bodies)
    were_ready = {event["pid"] for event in daemon.events("process.ready")}  # one that still starts is killed
    assert {event["status"] for event in daemon.events("process.exited") if event["pid"] in were_ready} == {0}
    assert (len(daemon.events("worker.drained")) > 1) is (ends is not stopped)


HOOKS = """
from punctuald import WorkerInfo

def on_start(worker: WorkerInfo):
    say("start", f"{worker.index}/{worker.slots}")

def handle(message: Message) -> None:
    note("handled", message)

def on_stop():
    say("stop", "-")
"""
COROUTINE_HOOKS = """
import asyncio

LOOPS = []

async def linger():
    try:
        await asyncio.sleep(3600)
    finally:
        say("cleaned", "-")

async def on_start(worker):
    LOOPS.append(asyncio.get_running_loop())
    LOOPS.append(asyncio.create_task(linger()))
    say("start", f"{worker.index}/{worker.slots}")

async def handle(message: Message) -> None:
    note("handled" if asyncio.get_running_loop() is LOOPS[0] else "elsewhere", message)

async def on_stop(worker):
    say("stop" if asyncio.get_running_loop() is LOOPS[0] else "elsewhere", "-")
"""


@on_both_loops
@pytest.mark.parametrize(("handler", "slots"), [(HOOKS, 2), (COROUTINE_HOOKS, 100)], ids=["functions", "coroutines"])
def test_a_module_starts_before_its_first_message_and_stops_after_its_last(
    daemon: DaemonUnderTest, handler: str, slots: int
) -> None:
    daemon.start(handler)
    pid = daemon.worker()
    assert daemon.notes("start") == [(f"0/{slots}", pid)]
    daemon.wait_done(daemon.send("parcel"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    written = (daemon.directory / "notes").read_text().split()[::3]
    assert written[:3] == ["start", "handled", "stop"]
    assert written[3:] == (["cleaned"] if handler is COROUTINE_HOOKS else [])
    assert daemon.events("process.end_failed") == []


def test_a_killed_worker_stops_nothing(daemon: DaemonUnderTest) -> None:
    daemon.start(HOOKS)
    daemon.signal(signal.SIGQUIT)
    assert daemon.wait_exit() == 0
    assert daemon.notes("stop") == []


STUCK = HOOKS.replace('note("handled", message)', "hold()")


def test_no_module_is_stopped_beside_a_stuck_handler(daemon: DaemonUnderTest) -> None:
    daemon.start(STUCK, queue={"time_limit_seconds": 0.2}, pool={"drain_timeout_seconds": 1})
    daemon.send("parcel")
    daemon.wait_for("hook.stop_skipped", module="work", reason="a handler is stuck")
    daemon.let_go()
    daemon.wait_for("process.exited", role="worker")
    assert daemon.notes("stop") == []


ENDLESS_END = """
import atexit

OUT = open(HERE / "out.txt", "a")
atexit.register(time.sleep, 3600)

def on_stop():
    time.sleep(3600)

def handle(message: Message) -> None:
    OUT.write(message.body + "\\n")
"""


def test_an_end_that_does_not_end_is_named_and_costs_no_file(daemon: DaemonUnderTest) -> None:
    daemon.start(ENDLESS_END)
    daemon.wait_done(daemon.send("parcel"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert (daemon.directory / "out.txt").read_text() == "parcel\n"
    daemon.wait_for("hook.stop_unfinished", module="work", seconds=5)
    daemon.wait_for("process.end_unfinished", step="atexit")
    [exited] = daemon.events("process.exited", role="worker")
    assert exited["status"] == 0
    assert daemon.events("process.signalled", signal="SIGKILL") == []


FAILS_AT_FIRST = HOOKS.replace(
    "def handle",
    """    if not (HERE / "let_go").exists():
        raise ConnectionError("no database yet")

def handle""",
)
OTHER = """
def handle(message: Message) -> None:
    note("other", message)
"""


def test_a_module_that_can_not_start_holds_up_its_own_queues_only_and_is_tried_again(daemon: DaemonUnderTest) -> None:
    second = daemon.second_queue()
    daemon.write_handler(FAILS_AT_FIRST)
    daemon.write_handler(OTHER, module="other")
    daemon.configure_both(handler="other:handle")
    daemon.launch()
    ready = daemon.wait_for("daemon.ready")
    assert ready["unavailable"] == [daemon.queue]
    daemon.send("waits")
    daemon.wait_done(daemon.send("flows", url=second.url))
    unavailable = daemon.wait_for("queue.unavailable", queue=daemon.queue)
    assert unavailable["text"] == "on_start of work raised ConnectionError: no database yet"
    daemon.wait_for("hook.start_failed", module="work", error="ConnectionError")
    assert daemon.notes("handled") == []
    daemon.let_go()
    daemon.wait_for("queue.available", queue=daemon.queue)
    daemon.wait_noted("handled")
    daemon.wait_for("hook.started", module="work")


def test_a_hook_that_can_not_be_called_is_a_configuration_error(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(HOOKS.replace("def on_stop()", "def on_stop(worker, reason)"))
    daemon.configure()
    daemon.launch()
    assert daemon.wait_exit() == 78
    assert "work.on_stop must take nothing or one argument" in daemon.wait_for("daemon.misconfigured")["error"]
