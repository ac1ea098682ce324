"""`punctuald doctor` beside the daemon that it asks."""

from __future__ import annotations

import subprocess
import sys

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE
from punctuald.source.sqs.names import dead_letter_name

AS_IT_SHOULD_BE = {"visibility_seconds": "auto", "retry_initial_seconds": 1}
LONG_INTERVAL = {"interval_seconds": 3600}
"""What the daemon says of handlers' times is of its interval now: then it has all messages of this test."""


def doctor(daemon: DaemonUnderTest) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "punctuald", "doctor", "-c", str(daemon.config_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=dict(daemon.usual_environment),
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def test_a_healthy_daemon_is_one_line(daemon: DaemonUnderTest) -> None:
    dead = daemon.client.get_queue_url(QueueName=dead_letter_name(daemon.queue))["QueueUrl"]
    daemon.client.set_queue_attributes(QueueUrl=dead, Attributes={"MessageRetentionPeriod": "1209600"})
    daemon.start(DONE_AT_ONCE, queue=AS_IT_SHOULD_BE, logging=LONG_INTERVAL)
    said: list[tuple[int, str]] = []

    def is_healthy() -> bool:
        daemon.wait_done(daemon.send(f"parcel-{len(said)}"))
        said.append(doctor(daemon))
        return said[-1][1].startswith("healthy: ")

    daemon.wait_until(is_healthy, "a healthy daemon")
    assert said[-1] == (0, "healthy: nothing to mend of 4 things looked at\n")


def test_what_the_daemon_measures_is_held_against_what_it_may(daemon: DaemonUnderTest) -> None:
    slow = "def handle(message): time.sleep(1.5)"
    daemon.start(slow, queue={**AS_IT_SHOULD_BE, "time_limit_seconds": 1.8}, logging=LONG_INTERVAL)
    daemon.wait_done(daemon.send("parcel"))
    status, out = doctor(daemon)
    assert status == 1
    assert "% of its messages take 1.5 s or longer; time_limit_seconds is 1.8" in " ".join(out.split())
