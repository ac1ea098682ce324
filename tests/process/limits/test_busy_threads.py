"""A queue with a limit, beside a queue whose handlers take all threads of a worker, and one of coroutines."""

from __future__ import annotations

from process.daemon_under_test import DaemonUnderTest
from process.given import queue_text

HANDLERS = """
def handle(message: Message) -> None:
    note("handled", message)

def block(message: Message) -> None:
    note("blocked", message)
    while not (HERE / f"let_go_{os.getpid()}").exists() and not (HERE / "let_go").exists():
        time.sleep(0.01)

async def wait(message: Message) -> None:
    pass
"""
POOL = {"min_workers": 2, "max_workers": 2, "slots": 1, "coroutines": 8}


def start(daemon: DaemonUnderTest) -> str:
    """Returns the address of the queue whose handlers block. No poll is long: one that had begun before the threads
    were busy would bring a message to where it can't run."""
    daemon.write_handler(HANDLERS)
    blocking, coroutines = daemon.second_queue(), daemon.second_queue()
    daemon.configure(pool=POOL, queue={"concurrency": 1, "wait_seconds": 0, "poll_interval_seconds": 0.1})
    endpoint_url = daemon.client.meta.endpoint_url
    others = [
        queue_text({"name": queue.name, "endpoint_url": endpoint_url, "handler": f"work:{handler}"})
        for queue, handler in ((blocking, "block"), (coroutines, "wait"))
    ]
    daemon.write_config("\n".join([daemon.config_path.read_text(), *others]))
    daemon.launch()
    daemon.wait_for("daemon.ready")
    return blocking.url


def test_a_part_leaves_a_worker_all_of_whose_threads_are_busy_though_it_has_room_for_coroutines(
    daemon: DaemonUnderTest,
) -> None:
    blocking_url = start(daemon)
    daemon.send("first")
    daemon.wait_noted("handled")
    [(_, holder)] = daemon.notes("handled")
    divided = len(daemon.events("limit.divided"))
    daemon.send("block-one", url=blocking_url)
    daemon.wait_noted("blocked")
    if daemon.notes("blocked")[0][1] != holder:
        daemon.send("block-both", url=blocking_url)
        daemon.wait_noted("blocked", 2)
        (daemon.directory / f"let_go_{daemon.notes('blocked')[0][1]}").touch()
    daemon.wait_for("limit.divided", count=divided + 1)
    daemon.send("second")
    daemon.wait_noted("handled", 2)
    assert daemon.notes("handled")[1][1] != holder
    daemon.let_go()
