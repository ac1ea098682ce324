from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.config import Settings, load
from punctuald.errors import ConfigurationError
from punctuald.lab.demo import DemoPlan, DemoQueue, configuration
from punctuald.lab.produce import Schedule


def settings(plan: DemoPlan, directory: Path) -> Settings:
    path = directory / "config.toml"
    path.write_text(configuration(plan, DemoQueue("http://127.0.0.1:4566")))
    return load(path, {})


def test_the_daemon_accepts_the_demos_configuration(tmp_path: Path) -> None:
    plan = DemoPlan(Schedule(1, 0.0), min_workers=2, max_workers=3, objective=0.95, tier="batch_mode")
    read = settings(plan, tmp_path)
    assert (read.pool.min_workers, read.pool.max_workers, read.sla.objective) == (2, 3, 0.95)
    (queue,) = read.queues
    assert (queue.name, queue.dead_letter_queue, queue.tier) == ("telemetry", "telemetry-dlq", "batch_mode")
    assert (queue.handler, queue.event_time_field) == ("punctuald.lab.telemetry:handle", "event_time")


def test_a_tier_that_needs_quoting_stays_a_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tier"):
        settings(DemoPlan(Schedule(1, 0.0), tier='x"\n[pool]'), tmp_path)
