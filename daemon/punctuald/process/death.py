"""How a process ended, in words."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from punctuald.process.exit_status import ExitStatus


@dataclass(frozen=True, slots=True)
class Death:
    """A reaped child. ``status`` is its exit status, or minus the number of the signal that killed it."""

    pid: int
    status: int

    def cause(self, why_we_killed: str = "") -> str:
        """For people. ``why_we_killed``: the reason if the supervisor itself sent SIGKILL."""
        if self.status >= 0:
            return _EXPLAINED.get(self.status, f"exited with status {self.status}")
        name = _signal_name(-self.status)
        if name != "SIGKILL":
            return f"killed by {name}"
        return f"killed by {name} ({f'ours: {why_we_killed}' if why_we_killed else 'out of memory, or by hand'})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have no name
        return f"signal {number}"


_EXPLAINED = {
    0: "exited",
    ExitStatus.CRASHED: "crashed, or a handler passed its time limit (status 70)",
    ExitStatus.NOT_YET: "could not start yet, or could not go on (status 75)",
    ExitStatus.MISCONFIGURED: "misconfigured (status 78)",
}
