"""Who is compared: our daemon, the floor, and the peers, and how each is started for one or two workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import punctuald
from benchmarks.canned.wire import PLAIN, Wire
from benchmarks.comparison.builds import CargoRecipe, GoRecipe
from benchmarks.comparison.envs import Environment, NodeRecipe, PythonRecipe, Recipe, prepare
from punctuald.demo.sandbox import NOWHERE
from punctuald.demo.servers import REGION

TESTS = Path(__file__).parents[2]
PEERS = TESTS / "benchmarks" / "peers"
OURS, FLOOR = "punctuald", "floor"
WORK_SIGNALS = "--without-gossip --without-mingle --without-heartbeat"
SLOTS = 4
NEAR_LOOPS, FAR_LOOPS = 4, 16
"""Loops of AWS's SDKs: one waits for each of its calls, so a latency asks for more of them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a consumer finds its queue, over what wire, and where it may write."""

    endpoint_url: str
    queue_url: str
    directory: Path
    wire: Wire = PLAIN


Commands = Callable[[Environment, Place, int], Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Contestant:
    """``commands`` are the processes to start for so many workers; ``slots`` is how many messages a worker handles at
    once; ``dialect`` is the wrapping that it expects around the event; ``works`` is false if it has no handler, or none
    but the trivial one.
    """

    name: str
    commands: Commands
    slots: int
    recipe: Recipe | None = None
    dialect: str = "raw"
    works: bool = True
    on_boto3: bool = False

    @property
    def is_python(self) -> bool:
        """Whether `benchmarks.peers.work` runs in it."""
        return self.recipe is None or isinstance(self.recipe, PythonRecipe)

    def environment(self) -> Environment:
        """Its environment; raises `NotInstalledError`."""
        if self.recipe is None:
            names = ("punctuald",) if self.name == OURS else ("orjson",)
            versions = [f"{name} {version(name)}" for name in names]
            return Environment(Path(sys.prefix), ", ".join([*versions, f"Python {sys.version.split()[0]}"]))
        return prepare(self.name, self.recipe)


def _punctuald(_environment: Environment, place: Place, workers: int) -> Sequence[Sequence[str]]:
    config = place.directory / "config.toml"
    # Nothing is turned off but the control socket, which nobody asks: this is what its user gets, with a number of
    # workers that stands still.
    config.write_text(
        f"[pool]\nmin_workers = {workers}\nmax_workers = {workers}\nslots = {SLOTS}\n"
        f'[[queue]]\nname = "bench"\nurl = "{place.queue_url}"\nendpoint_url = "{place.endpoint_url}"\n'
        f'region = "{REGION}"\nhandler = "benchmarks.peers.punctuald_handler:handle"\nhandler_path = "{TESTS}"\n'
        '[logging]\nformat = "json"\n'
    )
    # The daemon that these benchmarks belong to, not another one that happens to be installed.
    path = f"PYTHONPATH={TESTS}{os.pathsep}{Path(punctuald.__file__).parents[1]}"
    return [["env", path, sys.executable, "-P", "-m", "punctuald", "run", "-c", str(config)]]


def _floor(_environment: Environment, place: Place, workers: int) -> Sequence[Sequence[str]]:
    return [[sys.executable, "-P", "-m", "benchmarks.peers.floor", place.endpoint_url, place.queue_url]] * workers


def _script(module: str) -> Commands:
    """A process for each worker; where the queue is comes as arguments."""

    def commands(environment: Environment, place: Place, workers: int) -> Sequence[Sequence[str]]:
        command = [environment.python, "-P", "-m", f"benchmarks.peers.{module}", place.endpoint_url, place.queue_url]
        return [command] * workers

    return commands


def _celery(environment: Environment, _place: Place, workers: int) -> Sequence[Sequence[str]]:
    # The prefork pool is Celery's default, and its advice for work that is not mostly waiting.
    options = f"--concurrency {workers} --loglevel WARNING {WORK_SIGNALS}".split()
    return [[environment.python, "-P", "-m", "celery", "-A", "benchmarks.peers.celery_app", "worker", *options]]


def _dramatiq(environment: Environment, _place: Place, workers: int) -> Sequence[Sequence[str]]:
    options = ["--processes", str(workers), "--threads", "8", "benchmarks.peers.dramatiq_app"]
    return [[environment.python, "-P", "-m", "dramatiq", *options]]


def _sqs_consumer(environment: Environment, place: Place, workers: int) -> Sequence[Sequence[str]]:
    script = str(PEERS / "sqs_consumer_app.mjs")
    return [["node", script, str(environment.directory), place.endpoint_url, place.queue_url]] * workers


def _sdk(environment: Environment, place: Place, workers: int) -> Sequence[Sequence[str]]:
    """A program built from AWS's SDK: a worker is so many loops in one process."""
    loops = FAR_LOOPS if place.wire.latency_seconds else NEAR_LOOPS
    return [[str(environment.program), place.endpoint_url, place.queue_url, str(loops)]] * workers


GO_MODULES = tuple(f"github.com/aws/aws-sdk-go-v2{part}" for part in ("", "/config", "/service/sqs"))
CONTESTANTS: Sequence[Contestant] = (
    Contestant(FLOOR, _floor, slots=1, works=False),
    Contestant(OURS, _punctuald, slots=SLOTS),
    Contestant("boto3-loop", _script("boto3_loop"), 4, PythonRecipe(("boto3",)), on_boto3=True),
    Contestant("celery", _celery, 1, PythonRecipe(("celery[sqs]", "kombu")), "celery", on_boto3=True),
    Contestant("dramatiq", _dramatiq, 8, PythonRecipe(("dramatiq-sqs", "dramatiq")), "dramatiq", on_boto3=True),
    # typing_extensions: sqs-workers 0.7.3 imports it and does not declare it.
    Contestant(
        "sqs-workers", _script("sqs_workers_app"), 1, PythonRecipe(("sqs-workers", "typing_extensions")), on_boto3=True
    ),
    Contestant("fanferro", _script("fanferro_app"), 20, PythonRecipe(("fanferro",), at_least=(3, 12))),
    Contestant("sqs-consumer", _sqs_consumer, 10, NodeRecipe(("sqs-consumer", "@aws-sdk/client-sqs"))),
    Contestant("go-sdk", _sdk, NEAR_LOOPS, GoRecipe(PEERS / "go", GO_MODULES), works=False),
    Contestant("rust-sdk", _sdk, NEAR_LOOPS, CargoRecipe(PEERS / "rust", "aws-sdk-sqs"), works=False),
)


def named(name: str) -> Contestant:
    """The one of that name."""
    return next(each for each in CONTESTANTS if each.name == name)


def environ(place: Place, extra: Mapping[str, str]) -> dict[str, str]:
    """What each consumer finds in its environment, whoever it is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BENCH_", "PYTHON"))}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "no_proxy": "127.0.0.1",
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(TESTS),
        "XDG_RUNTIME_DIR": NOWHERE,
        "BENCH_ENDPOINT_URL": place.endpoint_url,
        "BENCH_QUEUE_URL": place.queue_url,
        **place.wire.environ,
        **extra,
    }
