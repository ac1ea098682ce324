"""The Java program: its jars, and what makes it start in half the time, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from peers.kafka.properties import PASSWORD, SCRAM, USER
from peers.programs.maven import NotToBeHad, fetched

COORDINATES = ("org.apache.kafka:kafka_2.13:4.4.0", "org.slf4j:slf4j-simple:1.7.36")
OPTIONS = (
    "-Xmx256m",
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",  # an archive that does not fit is left unused
    "-Djava.net.preferIPv4Stack=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
)
CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAQ"
FORMAT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """``classes`` is an archive of loaded classes, ``log`` the formatted log folder of a new node; neither need be
    there yet. They know no path and no port, so every server can begin with them."""

    jars: Path
    directory: Path

    @property
    def classes(self) -> Path:
        """See above."""
        return self.directory / "classes.jsa"

    @property
    def log(self) -> Path:
        """See above."""
        return self.directory / "log"

    def command(self, main: str, arguments: Sequence[str], options: Sequence[str] = ()) -> list[str]:
        """How to run one of Kafka's programs."""
        archive = [f"-XX:SharedArchiveFile={self.classes}"] if self.classes.exists() and not options else []
        return ["java", *OPTIONS, *archive, *options, "-cp", f"{self.jars}/*", main, *arguments]

    def format(self, properties: Path) -> None:
        """Make the log folder that ``properties`` names. The user of SCRAM is in it."""
        user = f"{SCRAM}=[name={USER},password={PASSWORD}]"
        arguments = ["format", "-t", CLUSTER_ID, "-c", str(properties), "--add-scram", user]
        done = subprocess.run(
            self.command("kafka.tools.StorageTool", arguments),
            capture_output=True,
            text=True,
            timeout=FORMAT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise NotToBeHad(f"Kafka could not make its log folder: {(done.stderr or done.stdout)[-300:]}")

    def keep(self, made: Path) -> None:
        """Take over what a first run has ``made``, unless another run was quicker."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # it is there by now, and as good
            made.rename(self.directory)
        shutil.rmtree(made, ignore_errors=True)


def prepared() -> Prepared:
    """For these jars and this Java, fetched at the first call. Raises `NotToBeHad`."""
    jars = fetched("kafka", *COORDINATES)
    java = Path(shutil.which("java") or "").resolve()
    fetched_ns = (jars.parent / "fetched").stat().st_mtime_ns
    known = repr((COORDINATES, OPTIONS, str(java), java.stat().st_mtime_ns, fetched_ns, os.uname().machine))
    return Prepared(jars, jars.parent / "prepared" / hashlib.sha256(known.encode()).hexdigest()[:16])
