"""The unit's limits: they fit the configuration, and the guards of the scaling go by them and not by the machine."""

from __future__ import annotations

from collections.abc import Callable

from systemd.installation import COMMAND
from systemd.service import Event, Service

LARGE = """
[[queue]]
name = "orders"
handler = "shop:handle"

[pool]
max_workers = 100
slots = 20
coroutines = 1500
drain_timeout_seconds = 300
"""
SPINS = """
import time
from punctuald import Message

def handle(message: Message) -> None:
    until = time.thread_time() + 1
    while time.thread_time() < until:
        pass
"""
TIGHT = {"tier": [{"name": "tight", "threshold_seconds": 2}]}
MIB = 1 << 20


def decision(service: Service, condition: Callable[[Event], bool], what: str) -> Event:
    """The first scaling decision that fulfils the condition, awaited."""
    service.wait_until(lambda: any(map(condition, service.events("scale.decision"))), what)
    return next(filter(condition, service.events("scale.decision")))


def test_the_drop_in_that_init_writes_is_what_the_daemon_then_has(service: Service) -> None:
    service.configure()
    usual = service.config_text()
    service.write_config(LARGE)
    service.box.run(COMMAND, "init", "--systemd", "/srv/units")
    drop_in = service.box.path("/srv/units/punctuald.service.d/limits.conf").read_text()
    service.drop_in(drop_in.partition("[Service]")[2])
    service.write_config(usual)
    service.start()
    assert service.show("TimeoutStopUSec") == "5min 59s"
    assert (service.show("TasksMax"), service.show("LogRateLimitBurst")) == ("15232", "3000000")
    open_files = service.box.run("sh", "-c", f"grep 'open files' /proc/{service.pid}/limits").split()
    assert open_files[3:5] == ["15520", "15520"]


def test_memory_counts_as_the_unit_has_it(service: Service) -> None:
    service.drop_in("MemoryMax=400M")
    service.configure(pool={"max_workers": 8, "slots": 1}, scaling={"memory_reserve_mb": 100})
    service.start()
    seen = decision(service, lambda event: event.get("cap_memory") is not None, "a decision with a memory limit")
    assert 0 < seen["memory_available_bytes"] < 400 * MIB
    assert 0 < seen["cap_memory"] < 40


def test_processors_count_as_the_unit_has_them(service: Service) -> None:
    """A fifth of one is used up by a handler that needs a whole one, however idle the machine is."""
    service.drop_in("CPUQuota=20%")
    service.configure(SPINS, pool={"max_workers": 8, "slots": 1}, sla=TIGHT)
    service.start()
    service.send(10)
    busy = decision(service, lambda event: (event["cpu_share"] or 0) > 0.95, "a busy processor")
    assert busy["busy_slots"] >= 1


def test_a_quota_that_is_far_away_is_no_limit_however_busy_the_machine_is(service: Service) -> None:
    service.drop_in("CPUQuota=5000%")
    service.configure(SPINS, pool={"max_workers": 3, "slots": 1}, sla=TIGHT)
    service.start()
    service.send(6)
    busy = decision(service, lambda event: event["busy_slots"] == 3, "a busy pool")
    assert 0 < busy["cpu_share"] < 0.2


def test_no_more_workers_are_asked_for_than_the_unit_has_room_for(service: Service) -> None:
    service.drop_in("TasksMax=40")
    service.configure(SPINS, pool={"max_workers": 12, "slots": 1}, sla=TIGHT)
    service.start()
    service.send(60)
    seen = decision(service, lambda event: event["reason"] == "processes", "a decision for lack of tasks")
    assert 0 <= seen["tasks_available"] < 40
    assert 1 <= seen["workers"] == seen["cap_processes"] < 12
    assert service.events("process.start_failed") == service.events("worker.ill") == []
