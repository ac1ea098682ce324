"""--compare and what goes with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Contest:
    """The options' values; each option's help says what it means."""

    wanted: bool
    tune: bool
    seeds: int
    jobs: int


def _own_cpus() -> int:
    """How many we may use; all of them where the system does not say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


OPTIONS = (
    click.option(
        "--compare",
        is_flag=True,
        help="Compare with published laws of scaling (KEDA, AWS, Lambda, Knative, Celery, …) and with the best fixed"
        " number of workers. A day of 14 million messages takes about three minutes on two free cores.",
    ),
    click.option(
        "--tune",
        is_flag=True,
        help="With --compare: also each law's best settings in hindsight, out of some fifty: three times as long.",
    ),
    click.option(
        "--seeds",
        default=1,
        show_default=True,
        type=click.IntRange(1),
        help="With --compare: the mean of so many draws.",
    ),
    click.option(
        "--jobs",
        default=_own_cpus(),
        show_default="one for each core that we may use",
        type=click.IntRange(1),
        help="With --compare: processes; each needs about 1 GB for a day of 14 million messages.",
    ),
)


def comparison_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; its function gets them as one ``contest``."""

    @wraps(function)
    def with_contest(*, compare: bool, tune: bool, seeds: int, jobs: int, **others: Any) -> Any:
        if tune and not compare:
            raise click.UsageError("--tune is for --compare.")
        return function(contest=Contest(compare, tune, seeds, jobs), **others)

    for option in reversed(OPTIONS):
        with_contest = option(with_contest)
    return with_contest
