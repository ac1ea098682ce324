"""A world as a log measured it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.trace.logged_times import Cells, LoggedTimes


def measured_setup(
    setup: Setup,
    service: Sequence[Cells],
    outside: Sequence[Sequence[Cells]],
    *,
    begin_seconds: float,
    start_seconds: float | None,
    start_deviation_seconds: float,
    failed_share: float,
) -> Setup:
    """``setup`` with handlers' times, the times ``outside`` of waiting and handling, workers' starts and failures as
    they were measured. ``begin_seconds``: when the daemons were started, after the first arrival."""
    start = setup.start_seconds if start_seconds is None else start_seconds
    return replace(
        setup,
        service=LoggedTimes(service),
        outside=tuple(LoggedTimes(times) for times in outside if any(times)),
        start_seconds=start,
        start_variation=start_deviation_seconds / start if start else 0.0,
        redelivery_share=failed_share,
        begin_seconds=max(0.0, begin_seconds),
    )
