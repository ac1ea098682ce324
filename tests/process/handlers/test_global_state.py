"""What a handler's module changes for the whole process is the application's own affair: the daemon drains as ever."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops

CHANGES_EVERYTHING = """
import asyncio, locale, random, socket, threading, warnings

def end(*_):
    os._exit(9)

class NoLoops(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        raise RuntimeError("no loops")
    get_event_loop = new_event_loop

READER, WRITER = socket.socketpair()
WRITER.setblocking(False)
signal.set_wakeup_fd(WRITER.fileno())
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP):
    signal.signal(number, end)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
sys.excepthook = threading.excepthook = end
asyncio.set_event_loop_policy(NoLoops())
socket.setdefaulttimeout(0.0001)
warnings.simplefilter("error")
locale.setlocale(locale.LC_ALL, "C")
random.seed(7)
os.chdir("/")
os.umask(0o077)
os.environ.clear()
sys.path.clear()
sys.setrecursionlimit(300)
threading.stack_size(65_536)
"""
FUNCTION = (
    CHANGES_EVERYTHING
    + """
def handle(message: Message) -> None:
    note("handled", message)
"""
)
COROUTINE = (
    CHANGES_EVERYTHING.replace("new_event_loop(self)", "get_child_watcher(self)").replace(
        "get_event_loop = new_event_loop", ""
    )
    + """
async def handle(message: Message) -> None:
    note("handled", message)
"""
)


@on_both_loops
@pytest.mark.parametrize("transport", ["fast", "boto3"])
@pytest.mark.parametrize("handler", [FUNCTION, COROUTINE], ids=["function", "coroutine"])
def test_a_handler_that_changes_all_that_it_can_changes_nothing_for_the_daemon(
    daemon: DaemonUnderTest, handler: str, transport: str
) -> None:
    daemon.start(handler, queue={"transport": transport})
    daemon.wait_done(daemon.send(*"abc"))
    worker = daemon.worker()
    assert _ignored(worker) >= {signal.SIGPIPE, signal.SIGXFSZ}
    daemon.signal(signal.SIGUSR1)
    daemon.wait_for("worker.state", ready=True)
    daemon.wait_done(daemon.send(*"de"))
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert daemon.wait_for("process.exited", role="worker")["status"] == 0
    assert sorted(body for body, _ in daemon.notes("handled")) == list("abcde")


def _ignored(pid: int) -> set[signal.Signals]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("SigIgn"))
    return {number for number in signal.Signals if mask >> (number - 1) & 1}


FAKES = {
    "gevent": ("monkey", "def is_module_patched(name): return name == 'threading'"),
    "eventlet": ("patcher", "def is_monkey_patched(name): return name == 'thread'"),
}


@pytest.mark.parametrize("library", FAKES)
def test_a_library_that_replaces_threads_and_sockets_is_refused_by_name(daemon: DaemonUnderTest, library: str) -> None:
    module, source = FAKES[library]
    package = daemon.directory / library
    package.mkdir()
    (package / "__init__.py").touch()
    (package / f"{module}.py").write_text(source + "\n")
    daemon.write_handler(f"import {library}.{module}\ndef handle(message: Message) -> None: pass\n")
    daemon.configure()
    daemon.launch()
    assert daemon.wait_exit() == 78
    error = daemon.wait_for("daemon.misconfigured")["error"]
    assert f"work patches Python's threads and sockets with {library}" in error
    assert "coroutine" in error
    assert len(error.splitlines()) == 1
