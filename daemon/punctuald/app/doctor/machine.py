"""What the machine gives to the daemon, or to this command where no daemon runs."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.clock import SystemClock
from punctuald.config import Settings
from punctuald.doctor.measured import DaemonState
from punctuald.doctor.processes import ProcessSize, known, own_descriptor_limit, process_size
from punctuald.policy.advice.amounts import MIB
from punctuald.policy.advice.machine_advice import MachineFacts
from punctuald.process.autoscaler.host_resources import HostResources
from punctuald.source.aws.transport import Transport

from .daemon_facts import DaemonFacts

SUPERVISOR_DESCRIPTORS = 20
"""Of the supervisor without any worker: its log, its socket, its companions, boards and epoll."""

WORKER_DESCRIPTORS = 1
"""Of the supervisor, for each worker."""


def machine_facts(settings: Settings, daemon: DaemonFacts, ahead_seconds: float | None) -> MachineFacts:
    """``ahead_seconds``: AWS's clock before ours."""
    state = daemon.state
    resources = HostResources(SystemClock(), pid=None if state is None else state.pid)
    sizes = [] if state is None else [process_size(pid) for pid in state.worker_pids]
    pool = settings.pool
    return MachineFacts(
        max_workers=pool.max_workers,
        workers=len(sizes),
        silence="" if state is not None else daemon.silence,
        reserve_bytes=settings.scaling.memory_reserve_mb * MIB,
        worker_bytes=_worker_bytes(state, sizes),
        available_bytes=resources.memory_available_bytes(),
        worker_tasks=max(known(size.threads for size in sizes), default=None),
        available_tasks=resources.tasks_available(),
        open_descriptors=max(known(size.descriptors for size in sizes), default=None),
        descriptor_limit=own_descriptor_limit() if state is None else process_size(state.pid).descriptor_limit,
        supervisor_descriptors=SUPERVISOR_DESCRIPTORS + WORKER_DESCRIPTORS * pool.max_workers,
        ahead_seconds=ahead_seconds,
        needs_right_clock=any(queue.transport == Transport.BOTO3.value for queue in settings.sqs_queues),
    )


def _worker_bytes(state: DaemonState | None, sizes: Sequence[ProcessSize]) -> int | None:
    """The mean; what the daemon says itself goes before what we may look at."""
    found = list(state.pss_bytes) if state is not None and state.pss_bytes else known(size.pss_bytes for size in sizes)
    return round(sum(found) / len(found)) if found else None
