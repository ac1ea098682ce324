"""`punctuald queue redrive`, killed and interrupted, against a server that is strict about leases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from doubles.source.dead_lettered import DeadLettered
from patience import wait_until
from punctuald.demo.servers import REGION

GROUPS = ("a", "b", "c")
PER_GROUP = 20
LONGEST_SECONDS = 60.0


def started(queue: DeadLettered, *options: str) -> subprocess.Popen[str]:
    where = ("--region", REGION, "--endpoint-url", queue.endpoint_url, "--visibility-timeout", "10")
    command = [sys.executable, "-m", "punctuald", "queue", "redrive", queue.dead_name, *where, *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)


def count_in(queue: DeadLettered) -> int:
    name = "ApproximateNumberOfMessages"
    return int(queue.client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=[name])["Attributes"][name])


def filled(endpoint_url: str) -> DeadLettered:
    queue = DeadLettered(endpoint_url, fifo=True)
    for number in range(PER_GROUP):
        for group in GROUPS:
            queue.put(f"{group}{number}", group=group)
    return queue


def assert_whole_and_in_order(queue: DeadLettered) -> None:
    messages = queue.taken()
    for group in GROUPS:
        of_group = [each["Body"] for each in messages if each["Attributes"]["MessageGroupId"] == group]
        assert of_group == [f"{group}{number}" for number in range(PER_GROUP)]


def test_a_kill_at_any_moment_loses_nothing_and_the_next_run_goes_on_in_order(ministack_endpoint: str) -> None:
    queue = filled(ministack_endpoint)
    for moved in (5, 25):
        run = started(queue, "--rate", "20")
        wait_until(lambda moved=moved: count_in(queue) >= moved, LONGEST_SECONDS)  # type: ignore[misc]
        run.kill()
        run.communicate(timeout=LONGEST_SECONDS)
        assert run.returncode == -signal.SIGKILL
    last = started(queue)
    output, errors = last.communicate(timeout=LONGEST_SECONDS)
    assert last.returncode == 0, errors
    assert f"moved to {queue.name}: " in output
    assert_whole_and_in_order(queue)


def test_ctrl_c_ends_it_in_order(ministack_endpoint: str) -> None:
    queue = filled(ministack_endpoint)
    run = started(queue, "--rate", "20")
    wait_until(lambda: count_in(queue) >= 5, LONGEST_SECONDS)
    run.send_signal(signal.SIGINT)
    output, errors = run.communicate(timeout=LONGEST_SECONDS)
    moved = count_in(queue)
    assert (run.returncode, output) == (130, f"moved to {queue.name}: {moved}\n"), errors
    assert "the same command goes on with the rest" in errors
    assert queue.visible_dead() == len(GROUPS) * PER_GROUP - moved
    last = started(queue)
    last.communicate(timeout=LONGEST_SECONDS)
    assert last.returncode == 0
    assert_whole_and_in_order(queue)
