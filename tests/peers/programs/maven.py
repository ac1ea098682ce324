"""Programs from Maven Central, fetched once into a cache outside the tree."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
"""Named with its version: by itself Maven takes one that is years old."""

FETCH_SECONDS = 240.0
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>peers</groupId><artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{dependencies}</dependencies>
</project>
"""
DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


class NotToBeHad(Exception):
    """A server can't be run on this machine; says what is missing."""


def cache_directory() -> Path:
    """By the XDG specification of base directories."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "punctuald-peers"


def fetched(name: str, *coordinates: str) -> Path:
    """The directory with the jars of ``coordinates`` (``group:artifact:version``) and of all that these need.

    Fetched at the first call, tens of megabytes; a marker, written last, makes later calls free. Of several runs that
    ask at once one fetches, and the others wait for it. Raises `NotToBeHad`.
    """
    directory, wanted = cache_directory() / name, " ".join(coordinates)
    jars, marker = directory / "jars", directory / "fetched"
    if shutil.which("java") is None:
        raise NotToBeHad("there is no Java")
    with alone_in(directory):
        if not (marker.exists() and marker.read_text() == wanted):
            shutil.rmtree(jars, ignore_errors=True)
            _fetch(directory, jars, coordinates)
            marker.write_text(wanted)
    return jars


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """With ``directory``, made if it is not there, to ourselves among all runs of the tests on this machine."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(directory: Path, jars: Path, coordinates: Sequence[str]) -> None:
    if shutil.which("mvn") is None:
        raise NotToBeHad("there is no Maven to fetch it with")
    dependencies = "".join(DEPENDENCY.format(*each.split(":")) for each in coordinates)
    pom = directory / "pom.xml"
    pom.write_text(POM.format(name=directory.name, dependencies=dependencies))
    repository = f"-Dmaven.repo.local={directory / 'm2'}"
    goal = [f"{PLUGIN}:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(
            ["mvn", "-B", "-q", "-ntp", repository, "-f", str(pom), *goal],
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotToBeHad(f"Maven did not fetch it within {FETCH_SECONDS:.0f} s") from None
    if done.returncode:
        first = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it says nothing")
        raise NotToBeHad(f"Maven could not fetch it: {first[:300]}")
