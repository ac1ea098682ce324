"""Amazon's own worker in Java, fetched and compiled once, and its settings."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType

from peers.programs.maven import NotToBeHad, fetched

HERE = Path(__file__).parent
SOURCE = HERE / "Peer.java"
LOGBACK = HERE / "logback.xml"
OPTIONS = (
    "-Xmx160m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Djava.net.preferIPv4Stack=true",
    "-Daws.cborEnabled=false",  # test servers speak JSON
    f"-Dlogback.configurationFile={LOGBACK}",
)
COMPILE_SECONDS = 120.0


class Kcl(StrEnum):
    """Its workers of 2.x steal leases for themselves; of those of 3.x one leads, and gives them out."""

    V2 = "2.5.4"
    V3 = "3.5.1"


COORDINATES: Mapping[Kcl, Sequence[str]] = MappingProxyType(
    {
        Kcl.V2: ["software.amazon.kinesis:amazon-kinesis-client-multilang:2.5.4"],  # which brings logback
        Kcl.V3: ["software.amazon.kinesis:amazon-kinesis-client:3.5.1", "ch.qos.logback:logback-classic:1.3.14"],
    }
)

QUICK: Mapping[str, int] = MappingProxyType(
    {
        "poll.idleTimeBetweenReadsInMillis": 250,
        "lease.shardSyncIntervalMillis": 2_000,
        "lease.leasesRecoveryAuditorExecutionFrequencyMillis": 2_000,
        "coord.parentShardPollIntervalMillis": 500,
        "coord.shardConsumerDispatchPollIntervalMillis": 200,
        "coord.schedulerInitializationBackoffTimeMillis": 100,
    }
)
"""Instead of seconds and minutes, so that a test need not wait for what is not its subject."""

QUICK_LEADER: Mapping[str, int] = MappingProxyType(
    {
        "lease.leaseAssignmentIntervalMillis": 1_000,
        "util.workerMetricsReporterFreqInMillis": 1_000,
        "util.inMemoryWorkerMetricsCaptureFrequencyMillis": 200,
        "util.varianceBalancingFrequency": 1,
        "handoff.gracefulLeaseHandoffTimeoutMillis": 5_000,
    }
)
"""The same of 3.x's leader."""

QUICK_LOCK: Mapping[str, int] = MappingProxyType(
    {
        "lease.dynamoDbLockBasedLeaderLeaseDurationInMillis": 4_000,
        "lease.dynamoDbLockBasedLeaderHeartbeatPeriodInMillis": 1_000,
    }
)
"""By default a leader that was killed has no successor for two minutes."""


def command(kcl: Kcl, settings: Mapping[str, object], arguments: Sequence[str], *options: str) -> list[str]:
    """How to run one, fetched and compiled at the first call. Raises `NotToBeHad`."""
    jars = fetched(f"kcl-{kcl}", *COORDINATES[kcl])
    classes = _compiled(jars)
    given = (f"-Dset.{name}={value}" for name, value in settings.items())
    return ["java", *OPTIONS, *given, *options, "-cp", f"{classes}:{jars}/*", "Peer", *arguments]


def _compiled(jars: Path) -> Path:
    """For this source and these jars."""
    known = repr((SOURCE.read_bytes(), (jars.parent / "fetched").stat().st_mtime_ns))
    classes = jars.parent / "compiled" / hashlib.sha256(known.encode()).hexdigest()[:16]
    if not classes.exists():
        _compile(jars, classes)
    return classes


def _compile(jars: Path, classes: Path) -> None:
    if shutil.which("javac") is None:
        raise NotToBeHad("there is a Java, but no javac")
    classes.parent.mkdir(exist_ok=True)
    made = Path(mkdtemp(dir=classes.parent))
    done = subprocess.run(
        ["javac", "-nowarn", "-cp", f"{jars}/*", "-d", str(made), str(SOURCE)],
        capture_output=True,
        text=True,
        timeout=COMPILE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with suppress(OSError):  # another run of the tests was quicker, and its classes are as good
        made.rename(classes)
    shutil.rmtree(made, ignore_errors=True)
