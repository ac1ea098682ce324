"""What is known of how the daemon does: from itself, where it runs, and from a log that was named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from punctuald.config import Settings, SourceSettings
from punctuald.doctor.log_times import read_log_times
from punctuald.doctor.measured import DaemonState, HandlingTimes, SourceState, daemon_state
from punctuald.process.control.client import NoAnswerError, RefusedError, ask

ANSWER_SECONDS = 2.0
NOBODY, LATE = "no daemon answers", "no answer within"


@dataclass(frozen=True, slots=True)
class DaemonFacts:
    """``state`` None: no daemon answers, or not as it should, and ``silence`` says why. ``times`` None: nobody has
    measured how long handlers take."""

    state: DaemonState | None = None
    times: HandlingTimes | None = None
    silence: str = NOBODY

    def p99_seconds(self, source: SourceSettings, settings: Settings) -> float | None:
        """Of one source's handler."""
        return None if self.times is None else self.times.p99_seconds(source.name, thresholds_of(source, settings))

    @property
    def unknown_because(self) -> str:
        """Why it is not known of a source how long its handler takes."""
        return f"{self.silence}, and no log was named" if self.times is None else f"{self.times.origin} has none"

    def source(self, name: str) -> SourceState:
        """What the daemon says of one source."""
        return SourceState() if self.state is None else self.state.sources.get(name, SourceState())


def daemon_facts(socket_paths: Sequence[Path], log_path: Path | None) -> DaemonFacts:
    """What a log says goes before what the daemon says, which knows its last interval only. Raises
    `ConfigurationError` where the log has nothing."""
    times = None if log_path is None else read_log_times(log_path)
    silence = NOBODY
    for path in socket_paths:
        try:
            state = daemon_state(ask(path, "status", ANSWER_SECONDS))
            return DaemonFacts(state, times or state)
        except NoAnswerError as error:
            if error.denied or LATE in str(error):  # else it is just not there
                silence = str(error)
        except RefusedError as error:
            silence = str(error)
    return DaemonFacts(None, times, silence)


def thresholds_of(source: SourceSettings, settings: Settings) -> Mapping[str, float]:
    """Of the tiers that its messages can be in: its own, or any that goes by the clock."""
    return {
        tier.name: tier.threshold_seconds for tier in settings.sla.tiers if not source.tier or tier.name == source.tier
    }
