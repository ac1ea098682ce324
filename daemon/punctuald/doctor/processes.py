"""What processes of a daemon take of the machine, as the kernel says (proc(5))."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import psutil

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class ProcessSize:
    """Of one process; None = it is not ours to look at, or gone."""

    pss_bytes: int | None = None
    threads: int | None = None
    descriptors: int | None = None
    descriptor_limit: int | None = None


def process_size(pid: int) -> ProcessSize:
    """Memory, threads and descriptors of it."""
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return ProcessSize()
    return ProcessSize(
        pss_bytes=_allowed(lambda: int(process.memory_full_info().pss)),
        threads=_allowed(lambda: int(process.num_threads())),
        descriptors=_allowed(lambda: int(process.num_fds())),
        descriptor_limit=_allowed(lambda: _finite(process.rlimit(resource.RLIMIT_NOFILE)[0])),
    )


def own_descriptor_limit() -> int | None:
    """What a daemon that is started from here would have; None = no limit."""
    return _finite(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def known(values: Iterable[ValueT | None]) -> list[ValueT]:
    """Those that are."""
    return [value for value in values if value is not None]


def _finite(limit: int) -> int | None:
    return None if limit == resource.RLIM_INFINITY else int(limit)


def _allowed(ask: Callable[[], ValueT]) -> ValueT | None:
    try:
        return ask()
    except (psutil.Error, OSError):
        return None
