"""What is replayed: the messages with their instants and service times, and the configuration, the same for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from math import ceil, floor
from pathlib import Path

from benchmarks.rig import Setup as RigSetup
from punctuald.config import Settings, calendar_of, load
from punctuald.policy.delivery.tiers import Calendar
from punctuald.simulate.engine.setup import STUDY_SHARES, DepthGauge, Setup
from punctuald.simulate.engine.traffic import Traffic, draw_traffic
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.stamps import in_seconds
from punctuald.simulate.trace.synth import synthetic
from punctuald.simulate.trace.trace import Trace
from punctuald.simulate.trace.trace_file import read_trace
from punctuald.simulate.world.configured import configured_setup

HANDLER = "handlers:sleep_as_told"
SERVICE = Lognormal(mean_seconds=0.2, variation=1.0)
SLOTS = 4
MIN_WORKERS, MAX_WORKERS = 1, 32
SYNTHETIC = "bursts"
MINUTE, HALF_MINUTE = 60, 30


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: the part of ``path`` (None = a day with bursts) that is replayed within ``seconds``, faster
    or slower than it was, at a rate that keeps ``load`` workers busy.
    """

    path: Path | None = None
    from_seconds: float = 0.0
    until_seconds: float | None = None
    seconds: float = 600.0
    load: float = 5.0
    seed: int = 1

    def trace(self, begin_utc: int) -> Trace:
        """The arrivals, beginning at ``begin_utc``."""
        whole = synthetic(SYNTHETIC, seed=self.seed) if self.path is None else read_trace(self.path)
        part = whole.between(self.from_seconds, self.until_seconds or whole.seconds)
        squeezed = replace(part, bin_seconds=self.seconds / len(part.arrivals), begin_seconds=0.0, origin_utc=begin_utc)
        return squeezed.at_load(self.load, SLOTS / SERVICE.mean_seconds)


@dataclass(frozen=True, slots=True)
class Plan:
    """One replay, all of it decided before it begins at ``begin_utc``."""

    choice: Choice
    begin_utc: int
    settings: Settings
    trace: Trace
    traffic: Traffic

    @property
    def calendar(self) -> Calendar:
        """The tiers."""
        return calendar_of(self.settings.sla)

    @property
    def bodies(self) -> list[str]:
        """Each message's number and how long its handler sleeps."""
        service = in_seconds(self.traffic.service).tolist()
        return [f"{number} {seconds:.6f}" for number, seconds in enumerate(service)]

    @property
    def due_utc(self) -> list[float]:
        """When each is to be sent."""
        due: list[float] = (in_seconds(self.traffic.sent) + self.begin_utc).tolist()
        return due

    def world(self, start_seconds: float) -> Setup:
        """The simulator's world: this configuration, workers that start as fast, a queue that knows its length."""
        return _world(self.settings, start_seconds)


def make_plan(choice: Choice, begin_utc: int, rig_setup: RigSetup, directory: Path) -> Plan:
    """Draw the messages; the settings are read back from the very file that the daemon gets."""
    path = directory / "planned.toml"
    path.write_text(rig_setup.toml())
    settings = load(path, {})
    trace = choice.trace(begin_utc)
    return Plan(choice, begin_utc, settings, trace, draw_traffic(trace, _world(settings, 0.0), choice.seed))


def rig_setup(endpoint_url: str, choice: Choice, begin_utc: int, environment: Mapping[str, str]) -> RigSetup:
    """How the daemon is to run.

    Without a limit on CPU: other programs keep the machine busy, which the simulator knows nothing of, and a handler
    that sleeps needs none.
    """
    return RigSetup(
        endpoint_url,
        handler=HANDLER,
        pool={"min_workers": MIN_WORKERS, "max_workers": MAX_WORKERS, "slots": SLOTS},
        environment=environment,
        sections="\n".join(["[scaling]", "cpu_limit = 1.0", *_tiers(begin_utc, choice.seconds)]),
    )


def begin_after(utc: float) -> int:
    """The next half minute: of the edges of ten minutes, three are then whole minutes, as the settings want them."""
    return ceil((utc - HALF_MINUTE) / MINUTE) * MINUTE + HALF_MINUTE


def _tiers(begin_utc: int, seconds: float) -> list[str]:
    """The study's tiers, squeezed into the replay by the clock: each of its parts is a tier with hours of its own.

    Tiers change on whole minutes. Of a short replay, parts may vanish.
    """
    shares = [share for share, _ in STUDY_SHARES]
    edges = [begin_utc + seconds * share / sum(shares) for share in accumulate(shares, initial=0.0)]
    minutes = [floor(edge / MINUTE) * MINUTE for edge in edges]
    lines = []
    for number, ((_, threshold), (begin, end)) in enumerate(zip(STUDY_SHARES, pairwise(minutes), strict=True), start=1):
        is_last = number == len(STUDY_SHARES)  # it holds on, for some tier has to
        if begin < end or is_last:
            lines += ["[[sla.tier]]", f'name = "{number}_within_{threshold:g}_s"', f"threshold_seconds = {threshold}"]
            lines += [] if is_last else [f"from = {_clock(begin)}", f"until = {_clock(end)}"]
    return lines


def _clock(utc: int) -> str:
    return f"{datetime.fromtimestamp(utc, UTC):%H:%M:%S}"


def _world(settings: Settings, start_seconds: float) -> Setup:
    depth = DepthGauge(settings.scaling.backlog_interval_seconds, stale_seconds=0.0, noise_share=0.0)
    return replace(configured_setup(settings), service=SERVICE, start_seconds=start_seconds, depth=depth)
