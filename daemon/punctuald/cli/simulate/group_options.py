"""--hosts and what goes with it: an Auto Scaling group of hosts around the queue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple

import click

from .trace_options import Span

BUSY = 0.7
"""Share of what a host can do that a target means, where none is given."""

BACKLOG_SECONDS = 10.0
WORKERS_WANTED, MESSAGES, BACKLOG = "workers-wanted", "messages-per-host", "backlog-seconds"
METRICS = (WORKERS_WANTED, MESSAGES, BACKLOG)  # named again here, because --help must not need numpy


class HostRange(click.ParamType[tuple[int, int]]):
    """``2:6``: from two to six."""

    name = "least:most"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """To two numbers."""
        found = re.fullmatch(r"(\d+):(\d+)", str(value))
        least, most = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= least <= most:
            self.fail(f"{value!r} is not a range of hosts such as 2:6", param, ctx)
        return least, most


class Policy(NamedTuple):
    """What a policy tracks; ``target`` None = the usual one."""

    metric: str
    target: float | None


class PolicyType(click.ParamType[Policy]):
    """``backlog-seconds:10``, or without the target."""

    name = "metric[:target]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Policy:
        """To a policy."""
        found = re.fullmatch(r"([a-z-]+)(?::(\d+(?:\.\d+)?))?", str(value))
        if found is None or found[1] not in METRICS or (found[2] is not None and float(found[2]) <= 0):
            self.fail(f"{value!r} is not one of {', '.join(METRICS)}, with :TARGET behind it perhaps", param, ctx)
        return Policy(found[1], None if found[2] is None else float(found[2]))


@dataclass(frozen=True, slots=True)
class HostsChoice:
    """The options' values; ``hosts`` None = there is no group."""

    hosts: tuple[int, int] | None
    policies: Sequence[Policy]
    start_seconds: float

    def targets(self, max_workers: int, slots: int) -> list[tuple[str, float]]:
        """Each policy's metric and target: the one that was asked for, or the usual one."""
        usual: Mapping[str, float] = {
            WORKERS_WANTED: BUSY * max_workers,
            MESSAGES: BUSY * max_workers * slots,
            BACKLOG: BACKLOG_SECONDS,
        }
        return [(each.metric, usual[each.metric] if each.target is None else each.target) for each in self.policies]


OPTIONS = (
    click.option(
        "--hosts",
        type=HostRange(),
        help="Hosts that an Auto Scaling group starts and ends, with a daemon on each, configured as this one.",
    ),
    click.option(
        "--track",
        "policies",
        multiple=True,
        type=PolicyType(),
        default=(WORKERS_WANTED, BACKLOG),
        show_default=f"{WORKERS_WANTED} and {BACKLOG}",
        help="With --hosts: what a policy of the group tracks, and the value that it aims at. workers-wanted: by the"
        " daemon of a host (70 % of max_workers); messages-per-host: that wait or run (70 % of max_workers x slots);"
        " backlog-seconds: how long the workers would take for what waits (10), which beside another policy only"
        " adds hosts.",
    ),
    click.option(
        "--host-start",
        "host_start",
        default="90s",
        show_default=True,
        type=Span(),
        help="With --hosts: from a host's order to its daemon.",
    ),
)


def group_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; its function gets them as one ``hosts_choice``."""

    @wraps(function)
    def with_group(
        *, hosts: tuple[int, int] | None, policies: Sequence[Policy], host_start: float, **others: Any
    ) -> Any:
        return function(hosts_choice=HostsChoice(hosts, policies, host_start), **others)

    for option in reversed(OPTIONS):
        with_group = option(with_group)
    return with_group
