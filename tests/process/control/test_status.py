"""What a running daemon says of itself, to its commands."""

from __future__ import annotations

import orjson

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE, HELD, queue_text

TIERS = [{"name": "peak", "threshold_seconds": 30}]


def test_status_and_workers_show_what_runs_and_the_document_has_it_too(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD, pool={"min_workers": 2, "max_workers": 2}, sla={"tier": TIERS})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    daemon.wait_until(lambda: bool(daemon.ask("status")["pool"]["busy_slots"]), "a busy slot")

    page = daemon.command("status")
    assert (page.returncode, page.stderr) == (0, "")
    assert f"pid {daemon.pid}  running" in page.stdout
    assert "workers 2 ready  2 wanted " in page.stdout
    assert "slots 1/4 busy" in page.stdout
    assert daemon.queue in page.stdout
    assert "peak" in page.stdout

    workers = daemon.command("workers")
    assert (workers.returncode, workers.stderr) == (0, "")
    assert message_id in workers.stdout

    document = orjson.loads(daemon.command("status", "--json").stdout)
    [running] = [running for worker in document["workers"] for running in worker["running"]]
    assert (running["queue"], running["message_id"]) == (daemon.queue, message_id)
    assert sorted(worker["pid"] for worker in document["workers"]) == sorted(daemon.workers())
    assert (document["pid"], document["generation"], document["config"]) == (daemon.pid, 1, str(daemon.config_path))
    daemon.let_go()
    daemon.wait_done([message_id])


BOTH_KINDS = f"""
{HELD}

async def wait(message: Message) -> None:
    pass
"""


def test_threads_that_are_all_busy_are_seen_beside_coroutines_that_are_free(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(BOTH_KINDS)
    daemon.configure(pool={"min_workers": 1, "max_workers": 1, "slots": 1, "coroutines": 100})
    second = {"name": daemon.second_queue().name, "handler": "work:wait"}
    other = queue_text({**second, "endpoint_url": daemon.client.meta.endpoint_url})
    daemon.write_config(f"{daemon.config_path.read_text()}\n{other}")
    daemon.launch()
    daemon.wait_for("daemon.ready")
    sent = daemon.send("parcel")
    daemon.wait_until(lambda: bool(daemon.ask("status")["pool"]["busy_threads"]), "a busy thread")
    assert "1/1 threads 0/100 coroutines\n" in daemon.command("status").stdout
    daemon.let_go()
    daemon.wait_done(sent)


def test_what_is_done_is_in_the_document_a_second_later(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, sla={"tier": TIERS})
    daemon.wait_done(daemon.send(*(f"parcel-{number}" for number in range(20))))

    def all_counted() -> bool:
        [tier], [queue] = daemon.ask("status")["tiers"], daemon.ask("status")["queues"]
        return bool((tier["met"], queue["done"]) == (20, 20))

    daemon.wait_until(all_counted, "twenty messages in the document")
    document = daemon.ask("status")
    [tier], [queue] = document["tiers"], document["queues"]
    assert (tier["violated"], tier["compliance"], tier["budget_left"]) == (False, 1.0, 1.0)
    assert (queue["state"], queue["failed"], queue["paused"]) == ("available", 0, False)
    daemon.wait_until(
        lambda: all(worker["handled_per_second"] is not None for worker in daemon.ask("status")["workers"]), "a rate"
    )


def test_a_queue_that_is_away_is_unavailable_in_the_document_and_in_why(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.second_queue()
    daemon.configure_both(name="no-such-queue")
    daemon.launch()
    daemon.wait_for("queue.unavailable", queue="no-such-queue")

    def of_queue(name: str) -> str | None:
        states = {queue["queue"]: queue["state"] for queue in daemon.ask("status")["queues"]}
        state: str | None = states[name]
        return state

    daemon.wait_until(lambda: of_queue("no-such-queue") == "unavailable", "its state")
    daemon.wait_until(lambda: of_queue(daemon.queue) == "available", "the other queue")
    why = daemon.command("why")
    assert "no-such-queue is unavailable: " in why.stdout


def test_why_explains_the_decision_in_force_and_the_one_of_a_minute_ago(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    daemon.wait_for("scale.decision")
    daemon.wait_until(lambda: bool(daemon.ask("status")["decisions"]), "a decision")
    now = daemon.command("why")
    assert (now.returncode, now.stderr) == (0, "")
    assert now.stdout.startswith("The decision of 20")
    assert "1 worker" in now.stdout

    decided = daemon.ask("why")["decision"]
    at = decided["utc"][11:19]
    then = daemon.command("why", "--at", at)
    assert (then.returncode, then.stderr) == (0, "")
    before = daemon.command("why", "--at", "00:00:01" if at > "00:00:10" else "23:59:59")
    assert before.returncode == 1
    assert "nothing is remembered from before" in before.stderr
    of_log = daemon.command("why", "--at", at, "--log", str(daemon.directory / "log.jsonl"))
    assert of_log.stdout.splitlines()[1] == now.stdout.splitlines()[1]
