"""All that was found out about one contestant, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import psutil

from benchmarks.comparison.envs import NotInstalledError
from benchmarks.comparison.scenes import SLEEP_SECONDS, BareLoop, Throughput, Window
from benchmarks.figures import quantile
from benchmarks.processes.consumer import ConsumerError

Measured = TypeVar("Measured")
# What a contestant, its environment or its server may do to us; our own mistakes are to be seen.
FAILURES = (ConsumerError, NotInstalledError, psutil.Error, OSError, ValueError)


@dataclass(slots=True)
class Row:
    """Filled bit by bit; what is None was not measured, and ``failures`` says why."""

    name: str
    slots: int
    on_boto3: bool = False
    versions: str = ""
    rounds: list[Window | None] = field(default_factory=list)  # of one worker
    two_workers: Window | None = None
    spinning: Window | None = None
    sleeping: Window | None = None
    bare_loop: BareLoop | None = None
    drain: Throughput | None = None
    added_seconds: Sequence[float] = ()
    failures: dict[str, str] = field(default_factory=dict)

    def attempt(self, what: str, measure: Callable[[], Measured]) -> Measured | None:
        """The measurement's result, or None and a line in ``failures``: one failure must not end the run."""
        try:
            return measure()
        except NotInstalledError as error:
            self.failures[what] = f"not installed: {error}"
        except FAILURES as error:
            self.failures[what] = str(error) or type(error).__name__
        return None

    @property
    def one_worker(self) -> Window | None:
        """The middle one of the rounds, by efficiency."""
        windows = sorted(filter(None, self.rounds), key=lambda window: window.messages_per_cpu_second)
        return windows[(len(windows) - 1) // 2] if windows else None

    @property
    def spinning_share(self) -> float | None:
        """Throughput of the handler that takes 1 ms of CPU, as a share of a bare loop's that calls it."""
        if self.spinning is None or self.bare_loop is None:
            return None
        return self.spinning.messages_per_second / self.bare_loop.per_second

    @property
    def spinning_cpu_share(self) -> float | None:
        """The same by CPU time, which other programs on the machine disturb less."""
        if self.spinning is None or self.bare_loop is None:
            return None
        return self.spinning.messages_per_cpu_second / self.bare_loop.per_cpu_second

    @property
    def sleeping_share(self) -> float | None:
        """Throughput of the sleeping handler, as a share of what all slots could do."""
        if self.sleeping is None:
            return None
        return self.sleeping.messages_per_second / (self.slots / SLEEP_SECONDS)

    def added_ms(self, share: float) -> float | None:
        """A quantile of the added latency."""
        return quantile(self.added_seconds, share) * 1000 if self.added_seconds else None

    def details(self) -> dict[str, Any]:
        """For the file: the raw numbers, and those made of them."""
        windows = {"one_worker": self.one_worker, "two_workers": self.two_workers, "drain": self.drain}
        speeds = {
            name: {"per_second": window.messages_per_second, "per_cpu_second": window.messages_per_cpu_second}
            for name, window in windows.items()
            if window is not None
        }
        shares = {
            "spinning": self.spinning_share,
            "spinning_cpu": self.spinning_cpu_share,
            "sleeping": self.sleeping_share,
        }
        return {**asdict(self), "messages": speeds, "shares": shares}
