"""`pool.preload`: handlers are imported once for all workers of a generation, and never in the supervisor."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

import psutil

from process.daemon_under_test import DaemonUnderTest, survivors
from process.event_loops import on_both_loops

IMPORTED = """
import atexit

VERSION = "first"

say("imported", VERSION)
print("importing")

@atexit.register
def left():
    say("left", "-")

def handle(message: Message) -> None:
    note("handled", message)
    say(VERSION, message.body)
"""
SOCK_SEQPACKET = "0005"  # in /proc/net/unix
TWO_WORKERS = {"preload": True, "min_workers": 2, "max_workers": 2}


def pid_of_zygote(daemon: DaemonUnderTest, count: int = 1) -> int:
    pid: int = daemon.wait_for("preload.started", count=count)["pid"]
    return pid


@on_both_loops
def test_handlers_are_imported_once_and_each_worker_leaves_them_in_order(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED, pool=TWO_WORKERS)
    zygote, workers = pid_of_zygote(daemon), daemon.workers()
    assert daemon.notes("imported") == [("first", zygote)]
    assert daemon.wait_for("handler.output", process="zygote")["line"] == "importing"
    assert {psutil.Process(pid).ppid() for pid in [zygote, *workers]} == {daemon.pid}
    assert zygote not in workers
    daemon.wait_done(daemon.send("a", "b", "c"))
    tree = daemon.tree()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert survivors(tree) == []
    assert sorted(pid for _, pid in daemon.notes("left")) == sorted(workers)
    assert {event["status"] for event in daemon.events("process.exited")} == {0}


def test_workers_share_the_memory_of_what_is_imported(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED + "\nMANY = [bytes(1000) for _ in range(40_000)]\n", pool=TWO_WORKERS)
    assert all(psutil.Process(pid).memory_full_info().uss < 40_000_000 for pid in daemon.workers())


def test_a_killed_zygote_costs_no_worker_and_another_one_is_made(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED, pool=TWO_WORKERS)
    os.kill(pid_of_zygote(daemon), signal.SIGKILL)
    daemon.wait_for("preload.lost", reason="it ended")
    daemon.wait_for("preload.ready", count=2)
    victim = daemon.workers()[0]
    os.kill(victim, signal.SIGKILL)
    daemon.wait_for("process.ready", role="worker", count=3)
    assert daemon.events("process.exited", role="worker", pid=victim)
    assert len(daemon.events("process.exited", role="worker")) == 1
    assert [pid for _, pid in daemon.notes("imported")] == [pid_of_zygote(daemon, 1), pid_of_zygote(daemon, 2)]


def test_a_worker_that_was_killed_is_replaced_without_an_import(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED, pool=TWO_WORKERS)
    os.kill(daemon.workers()[0], signal.SIGKILL)
    daemon.wait_for("process.ready", role="worker", count=3)
    assert len(daemon.notes("imported")) == 1


def test_a_reload_imports_the_code_anew(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED, pool=TWO_WORKERS)
    old, workers = pid_of_zygote(daemon), daemon.workers()
    daemon.write_handler(IMPORTED.replace('"first"', '"second"'))
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    for pid in workers:  # until then their last polls may bring them something
        daemon.wait_for("process.exited", pid=pid, status=0)
    daemon.wait_done(daemon.send("parcel"))
    assert [body for body, _ in daemon.notes("second")] == ["parcel"]
    assert daemon.notes("imported") == [("first", old), ("second", pid_of_zygote(daemon, 2))]
    daemon.wait_until(lambda: not psutil.pid_exists(old), "the old zygote's end")


def test_a_reload_that_is_rolled_back_goes_on_with_the_old_zygote(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED, pool=TWO_WORKERS)
    old = pid_of_zygote(daemon)
    daemon.configure(pool=TWO_WORKERS, queue={"handler": "nowhere:handle"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.rolled_back")
    daemon.wait_for("handler.not_preloaded", process="zygote")
    ready = len(daemon.events("process.ready", role="worker"))
    os.kill(daemon.workers()[0], signal.SIGKILL)
    daemon.wait_for("process.ready", role="worker", count=ready + 1)
    assert daemon.notes("imported") == [("first", old)]
    daemon.wait_until(lambda: not psutil.pid_exists(pid_of_zygote(daemon, 2)), "the new zygote's end")
    assert psutil.pid_exists(old)


CONNECTS = """
import socket, threading
LINE = socket.create_connection(("127.0.0.1", int((HERE / "port").read_text())))
threading.Thread(target=time.sleep, args=(3600,), name="ticker", daemon=True).start()

def handle(message: Message) -> None:
    note("handled", message)
"""


def test_what_a_module_opens_at_import_that_workers_would_share_is_named(
    daemon: DaemonUnderTest, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        (tmp_path / "port").write_text(str(server.getsockname()[1]))
        daemon.start(CONNECTS, pool=TWO_WORKERS)
    unsafe = daemon.wait_for("preload.unsafe", module="work")
    assert (unsafe["connections"], unsafe["threads"], unsafe["names"]) == (1, 1, ["ticker"])
    assert unsafe["text"].startswith("work opened 1 connection at import: each worker would share it")
    assert len(daemon.events("preload.unsafe")) == 1


NOT_YET = """
if not (HERE / "let_go").exists():
    raise ConnectionError("no database yet")

def handle(message: Message) -> None:
    note("handled", message)
"""


def test_a_module_that_can_not_be_imported_yet_is_imported_by_each_worker(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(NOT_YET)
    daemon.configure(pool=TWO_WORKERS)
    daemon.launch()
    daemon.wait_for("handler.not_preloaded", queue=daemon.queue)
    daemon.let_go()
    daemon.wait_for("daemon.ready")
    daemon.wait_done(daemon.send("parcel"))
    [(body, worker)] = daemon.notes("handled")
    assert (body, worker in daemon.workers()) == ("parcel", True)


def test_a_handler_that_is_missing_is_a_configuration_error_as_ever(daemon: DaemonUnderTest) -> None:
    daemon.configure(pool=TWO_WORKERS, queue={"handler": "nowhere:handle"})
    daemon.launch()
    assert daemon.wait_exit() == 78


def test_an_import_that_hangs_hangs_nothing(daemon: DaemonUnderTest) -> None:
    daemon.write_handler("(HERE / 'importing').touch()\nhold()\n")
    daemon.configure(pool=TWO_WORKERS)
    daemon.launch()
    daemon.wait_until((daemon.directory / "importing").exists, "the handler's import")
    daemon.wait_for("process.ready", role="autoscaler")
    tree = daemon.tree()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert survivors(tree) == []


def test_only_the_supervisor_and_the_zygote_have_the_line_between_them(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED, pool=TWO_WORKERS)
    for role in ("autoscaler", "observer"):
        daemon.wait_for("process.ready", role=role)
    table = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    packets = {f"socket:[{fields[6]}]" for fields in table if fields[4] == SOCK_SEQPACKET}
    holders = {process.name() for process in daemon.tree() if packets & set(descriptors_of(process.pid))}
    assert holders == {psutil.Process(daemon.pid).name(), "punctuald:zygot"}


def descriptors_of(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            found.append(str(link.readlink()))
    return found


def test_nothing_outlives_a_killed_supervisor(daemon: DaemonUnderTest) -> None:
    daemon.start(IMPORTED, pool=TWO_WORKERS)
    daemon.wait_for("process.ready", role="observer")
    tree = daemon.tree()
    assert len(tree) == 6
    daemon.signal(signal.SIGKILL)
    daemon.wait_exit()
    assert survivors(tree) == []
    assert len(daemon.notes("left")) == 2
