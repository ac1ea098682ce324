"""What the machine gives, held against what all workers that are allowed would take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

from punctuald.policy.pool.reconcile import SURGE

from .amounts import MIB, counted, size, span
from .finding import Finding, error, note, warning
from .mending import setting

SKEW_OF_NOTE_SECONDS = 2.0
"""The Date header counts whole seconds, and the answer travels."""

REFUSED_SKEW_SECONDS = 240.0
"""AWS refuses signatures from five minutes on."""

FULL_SHARE = 0.8
"""At this share of its descriptors a worker is replaced."""


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """Of the running daemon, or as this command has it where none answers: then ``silence`` says why. None = not known.

    ``workers`` run now, ``max_workers`` may. ``worker_bytes`` is the proportional set size of one, on average;
    ``available_bytes`` what can still be had before the kernel kills somebody, in its cgroups or on the host.
    ``worker_tasks`` are one worker's threads, ``available_tasks`` what the cgroups still allow of them.
    ``open_descriptors`` are those of the worker that has most. ``ahead_seconds`` is AWS's clock before ours.
    """

    max_workers: int
    workers: int = 0
    silence: str = ""
    reserve_bytes: int = 0
    worker_bytes: int | None = None
    available_bytes: int | None = None
    worker_tasks: int | None = None
    available_tasks: int | None = None
    open_descriptors: int | None = None
    descriptor_limit: int | None = None
    supervisor_descriptors: int | None = None
    ahead_seconds: float | None = None
    needs_right_clock: bool = False


def machine_findings(facts: MachineFacts) -> list[Finding]:
    """Of what is not known nothing is said."""
    return [*_on_memory(facts), *_on_tasks(facts), *_on_descriptors(facts), *_on_the_clock(facts)]


def _on_memory(facts: MachineFacts) -> Iterator[Finding]:
    if not facts.worker_bytes:
        yield _memory_unknown(facts)
    if facts.available_bytes is None or not facts.worker_bytes:
        return
    fit = facts.workers + floor((facts.available_bytes - facts.reserve_bytes) / facts.worker_bytes)
    if fit >= facts.max_workers:
        return
    short_bytes = (facts.max_workers - max(fit, 0)) * facts.worker_bytes
    yield warning(
        "memory.workers",
        f"max_workers is {facts.max_workers}, a worker takes {size(facts.worker_bytes)}, and "
        f"{size(facts.available_bytes)} can be had beside the {facts.workers} that run",
        f"the pool stops at {counted(max(fit, 1), 'worker')} (memory_reserve_mb = {facts.reserve_bytes // MIB} "
        f"is left); {size(short_bytes)} are missing",
        setting("[pool]", f"max_workers = {max(fit, 1)}") + ", preload = true, or MemoryMax= of the unit up",
    )


def _memory_unknown(facts: MachineFacts) -> Finding:
    reason = facts.silence or "its processes are another user's"
    return note(
        "memory.unknown",
        f"what a worker takes of memory and of tasks is not known: {reason}",
        "max_workers was not held against what the machine gives",
        "ask again while the daemon runs, as its user or as root",
    )


def _on_tasks(facts: MachineFacts) -> Iterator[Finding]:
    if facts.available_tasks is None or facts.worker_tasks is None:
        return
    more = max(0, facts.max_workers + SURGE - facts.workers)
    needed = more * facts.worker_tasks
    if needed <= facts.available_tasks:
        return
    fit = facts.workers + facts.available_tasks // facts.worker_tasks
    yield warning(
        "tasks.limit",
        f"{more} more workers of {facts.worker_tasks} threads each would take {needed} tasks, and "
        f"{facts.available_tasks} are left",
        f"the pool stops at {counted(fit, 'worker')}, and handlers that start threads or processes fail before",
        f"systemctl edit punctuald: [Service] TasksMax= up by {needed - facts.available_tasks} or more",
    )


def _on_descriptors(facts: MachineFacts) -> Iterator[Finding]:
    limit, most = facts.descriptor_limit, facts.open_descriptors
    if limit is None:
        return
    if most is not None and most >= FULL_SHARE * limit:
        yield warning(
            "descriptors.worker",
            f"a worker has {most} descriptors open, and may have {limit}",
            f"from {floor(FULL_SHARE * limit)} on a worker is replaced, again and again",
            f"systemctl edit punctuald: [Service] LimitNOFILE={4 * limit}",
        )
    if facts.supervisor_descriptors is not None and facts.supervisor_descriptors > limit:
        yield error(
            "descriptors.supervisor",
            f"with {facts.max_workers} workers the supervisor needs about {facts.supervisor_descriptors} descriptors, "
            f"and may have {limit}",
            "it can start no worker beyond that",
            f"systemctl edit punctuald: [Service] LimitNOFILE={2 * facts.supervisor_descriptors}",
        )


def _on_the_clock(facts: MachineFacts) -> Iterator[Finding]:
    ahead = facts.ahead_seconds
    if ahead is None or abs(ahead) < SKEW_OF_NOTE_SECONDS:
        return
    text = f"this machine's clock is {span(abs(ahead))} {'behind' if ahead > 0 else 'ahead of'} AWS's"
    mend = "timedatectl set-ntp true"
    if abs(ahead) >= REFUSED_SKEW_SECONDS and facts.needs_right_clock:
        yield error("clock.skewed", text, "boto3 signs by it, and AWS refuses signatures five minutes off", mend)
    else:
        wrong = "tiers by the hour, due times and the log's times are off by as much"
        yield warning("clock.skewed", text, f"latencies are reckoned by AWS's clock, but {wrong}", mend)
