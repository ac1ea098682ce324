"""Who is compared on Kafka, and how each is started on a topic with one worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.comparison.envs import Environment, PythonRecipe, prepare
from benchmarks.drained.contestants import BATCH, BATCH_SIZE, TRIVIAL, our_daemon


@dataclass(frozen=True, slots=True)
class Place:
    """What a consumer reads, as which group, and where it may write."""

    bootstrap: str
    topic: str
    group: str
    directory: Path


@dataclass(frozen=True, slots=True)
class Contestant:
    """``command`` starts it; without a ``recipe`` it runs in our own environment. ``is_ours``: it is the daemon."""

    name: str
    command: Callable[[Environment, Place], Sequence[str]]
    recipe: PythonRecipe | None = None
    is_ours: bool = False

    def environment(self) -> Environment:
        """Raises `NotInstalledError`."""
        if self.recipe is not None:
            return prepare(f"kafka-{self.name}", self.recipe)
        used = "punctuald" if self.is_ours else "confluent-kafka"
        return Environment(Path(sys.prefix), f"{used} {version(used)}, Python {sys.version.split()[0]}")


def app(module: str, *options: str) -> Callable[[Environment, Place], Sequence[str]]:
    """A program of this folder."""

    def command(environment: Environment, place: Place) -> Sequence[str]:
        where = (place.bootstrap, place.topic, place.group, str(place.directory))
        return [environment.python, "-P", "-m", f"benchmarks.kafka.{module}", *where, *options]

    return command


def daemon(handler: str, topic: str = "", pool: str = "") -> Callable[[Environment, Place], Sequence[str]]:
    """Ours; ``topic`` and ``pool`` are more lines of these sections."""

    def command(_environment: Environment, place: Place) -> Sequence[str]:
        section = f'[[topic]]\nname = "{place.topic}"\nbrokers = "{place.bootstrap}"\ngroup = "{place.group}"\n{topic}'
        return our_daemon(place.directory, section, handler, pool)

    return command


BATCHES, POLLS, FAUST, OURS, OURS_BATCH = "batches-loop", "polls-loop", "faust", "punctuald", "punctuald-batch"
CONTESTANTS: Sequence[Contestant] = (
    Contestant(BATCHES, app("batches_app")),
    Contestant(POLLS, app("polls_app")),
    Contestant("polls-loop, async", app("polls_app", "--asynchronous")),
    Contestant(FAUST, app("faust_app"), PythonRecipe(("faust-streaming", "orjson"))),
    Contestant(OURS, daemon(TRIVIAL), is_ours=True),
    Contestant(OURS_BATCH, daemon(BATCH, f"batch_size = {BATCH_SIZE}"), is_ours=True),
)
