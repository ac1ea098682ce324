"""What becomes of a supervisor that is killed, or hangs: systemd ends what is left of it, and starts it again."""

from __future__ import annotations

from systemd.service import Service

LEAVES_A_PROGRAM = """
import subprocess, time
from punctuald import Message

def handle(message: Message) -> None:
    print("begun")
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
    time.sleep(3)
"""


def test_a_killed_supervisor_leaves_no_orphan_is_started_again_and_its_messages_come_back(service: Service) -> None:
    service.configure(LEAVES_A_PROGRAM, queue={"visibility_seconds": 5})
    service.start()
    ids = service.send(2)
    service.wait_for("handler.output", count=2)
    before = service.processes()
    assert len(before) >= 6, "supervisor, autoscaler, observer, worker, and what two messages started"
    service.kill("KILL")
    service.wait_until(lambda: service.show("NRestarts") == "1", "a restart")
    service.wait_until(lambda: service.show("ActiveState") == "active", "the unit to be active")
    after = service.processes()
    assert set(before) & set(after) == set()
    assert [pid for pid in before if service.box.call("kill", "-0", str(pid)).returncode == 0] == []
    service.wait_done(ids)


def test_a_supervisor_that_hangs_is_killed_by_the_watchdog_and_started_again(service: Service) -> None:
    service.drop_in("WatchdogSec=3")
    service.configure()
    service.start()
    before = service.processes()
    service.kill("STOP")
    service.wait_until(lambda: service.show("NRestarts") == "1", "a restart")
    service.wait_until(lambda: service.show("ActiveState") == "active", "the unit to be active")
    assert "Watchdog timeout" in service.told()
    assert set(before) & set(service.processes()) == set()
    service.wait_done(service.send(10))


def test_a_supervisor_that_works_is_left_alone_by_the_watchdog(service: Service) -> None:
    service.drop_in("WatchdogSec=3")
    service.configure()
    service.start()
    before = service.pid
    service.wait_done(service.send(10))
    service.wait_for("stats.interval", scope="daemon")
    assert (service.pid, service.show("NRestarts")) == (before, "0")
