"""A drop-in for a unit whose limits are too low for a configuration (systemd.unit(5))."""

from __future__ import annotations

import re
from pathlib import Path

from punctuald.config import Settings
from punctuald.policy.pool.service_limits import DaemonSize, ServiceLimit, service_limits, too_low

OF_THE_UNIT = "config"
"""The stem of the configuration that punctuald.service has; another one is the template's, and names its instance."""


def drop_in(unit: str, config_path: Path, settings: Settings) -> str:
    """What a unit with this text needs on top; "" = nothing."""
    raised = too_low(service_limits(daemon_size(settings)), _values(unit))
    if not raised:
        return ""
    head = (
        f"# For {config_path} as it is now: write it anew (punctuald init --systemd) when that changes.\n\n[Service]\n"
    )
    return head + "".join(_lines(limit) for limit in raised)


def directory_of_drop_in(config_path: Path) -> str:
    """Beside the unit: where its drop-ins are."""
    instance = "" if config_path.stem == OF_THE_UNIT else f"@{config_path.stem}"
    return f"punctuald{instance}.service.d"


def daemon_size(settings: Settings) -> DaemonSize:
    """What a service manager has to make room for."""
    from punctuald.app.daemon import fleet_rules  # noqa: PLC0415 - takes longer to import than all else here

    rules = fleet_rules(settings)
    return DaemonSize(
        stop_seconds=rules.drain_timeout_seconds + rules.fast_timeout_seconds,
        max_workers=settings.pool.max_workers,
        slots=settings.pool.slots,
        coroutines=settings.pool.coroutines,
        sources=len(settings.sources),
    )


def _values(unit: str) -> dict[str, int]:
    return {key: int(value) for key, value in re.findall(r"^(\w+)=(\d+)$", unit, re.MULTILINE)}


def _lines(limit: ServiceLimit) -> str:
    return f"# At least: {limit.reason}.\n{limit.directive}={limit.least}\n"
