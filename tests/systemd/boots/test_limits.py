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
coroutines = 2000
drain_timeout_seconds = 300
"""
SPINS = """
import time
from punctuald import Message

def handle(message: Message) -> None:
    until = time.monotonic() + 3
    while time.monotonic() < until:
        pass
"""
MIB = 1 << 20


def decision(service: Service, condition: Callable[[Event], bool], what: str) -> Event:
    """The first scaling decision that fulfils the condition, awaited."""
    service.wait_until(lambda: any(map(condition, service.events("scale.decision"))), what)
    return next(filter(condition, service.events("scale.decision")))


def test_the_drop_in_that_init_writes_is_what_the_daemon_then_has(service: Service) -> None:
    service.configure()
    usual = service.config_text()
    service.write_config(LARGE)
    service.box.run("rm", "-rf", "/tmp/units")  # noqa: S108 - the machine's own
    service.box.run(COMMAND, "init", "--systemd", "/tmp/units")  # noqa: S108
    written = service.box.path("/tmp/units/punctuald.service.d/limits.conf")  # noqa: S108
    service.drop_in(written.read_text().partition("[Service]\n")[2])
    service.write_config(usual)
    service.start()
    assert service.show("TimeoutStopUSec") == "5min 59s"
    assert (service.show("TasksMax"), service.show("LogRateLimitBurst")) == ("15232", "3000000")
    open_files = service.box.run("sh", "-c", f"grep 'open files' /proc/{service.pid}/limits").split()
    assert open_files[3:5] == ["20520", "20520"]


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
    service.configure(SPINS, pool={"max_workers": 8, "slots": 1})
    service.start()
    service.send(10)
    decision(service, lambda event: event["cpu_share"] is not None and event["cpu_share"] > 0.95, "a busy processor")
    decision(service, lambda event: event.get("cap_cpu") is not None, "the guard of the processors")


def test_a_quota_that_is_far_away_is_no_limit_however_busy_the_machine_is(service: Service) -> None:
    service.drop_in("CPUQuota=5000%")
    service.configure(SPINS, pool={"max_workers": 1, "slots": 1})
    service.start()
    service.send(3)
    service.wait_done(service.send(1))
    shares = [event["cpu_share"] for event in service.events("scale.decision")]
    assert max(share for share in shares if share is not None) < 0.2


def test_where_the_unit_has_no_room_for_another_process_no_more_are_asked_for(service: Service) -> None:
    service.drop_in("TasksMax=24")
    service.configure(SPINS, pool={"max_workers": 12, "slots": 1})
    service.start()
    service.send(60)
    seen = decision(service, lambda event: event.get("cap_processes") is not None, "a decision with a limit of tasks")
    assert 1 <= seen["cap_processes"] < 12
    assert service.show("NRestarts") == "0"
