"""Peers' environments, each its own, under build/bench/envs: made when first needed, kept, and thrown away at will."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import orjson

from benchmarks.figures import DIRECTORY

ENVIRONMENTS = DIRECTORY / "envs"
INSTALL_SECONDS = 240.0
LOOK_SECONDS = 20.0
PROGRAM = "consumer"


class NotInstalledError(RuntimeError):
    """A peer can't be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class PythonRecipe:
    """A virtual environment. The first of ``packages`` is the peer, whose version is told."""

    packages: tuple[str, ...]
    at_least: tuple[int, int] = (3, 11)

    def install(self, directory: Path) -> None:
        """Make it; the packages come from the package index that pip is set up with."""
        run_quietly([_interpreter(self.at_least), "-m", "venv", "--clear", str(directory)])
        pip = [str(directory / "bin" / "pip"), "--quiet", "--disable-pip-version-check"]
        run_quietly([*pip, "install", *self.packages])

    def versions(self, directory: Path) -> str:
        """Name and version of each package, and of Python."""
        code = (
            "import sys, importlib.metadata as m;"
            "print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), 'Python ' + sys.version.split()[0], sep=', ')"
        )
        names = [package.partition("[")[0] for package in self.packages]
        return run_quietly([str(directory / "bin" / "python"), "-c", code, *names])


@dataclass(frozen=True, slots=True)
class NodeRecipe:
    """A folder with ``node_modules``."""

    packages: tuple[str, ...]

    def install(self, directory: Path) -> None:
        """Make it; npm takes the newest versions that this Node can run."""
        if shutil.which("npm") is None:
            raise NotInstalledError("there is no npm")
        directory.mkdir(parents=True)
        (directory / "package.json").write_text("{}")
        quiet = ["--no-audit", "--no-fund", "--loglevel", "error"]
        run_quietly(["npm", "install", *quiet, "--prefix", str(directory), *self.packages])

    def versions(self, directory: Path) -> str:
        """Name and version of each package, and of Node."""
        files = {name: directory / "node_modules" / name / "package.json" for name in self.packages}
        told = [f"{name} {orjson.loads(file.read_bytes())['version']}" for name, file in files.items()]
        return ", ".join([*told, f"Node {run_quietly(['node', '--version'])}"])


class Recipe(Protocol):
    """How a peer is made. Its `repr` says whether one that is there was made in the same way."""

    def install(self, directory: Path) -> None:
        """Make it in ``directory``, which is not there yet; raises `NotInstalledError`."""

    def versions(self, directory: Path) -> str:
        """What was made, for people."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An installed peer."""

    directory: Path
    versions: str

    @property
    def python(self) -> str:
        """Its interpreter, if it is one of Python."""
        return str(self.directory / "bin" / "python")

    @property
    def program(self) -> Path:
        """The executable, if it is one that was built."""
        return self.directory / PROGRAM


def prepare(name: str, recipe: Recipe) -> Environment:
    """The environment, made if it is not there whole. Raises `NotInstalledError`."""
    directory, stamp = ENVIRONMENTS / name, ENVIRONMENTS / f"{name}.made"
    content = repr(recipe)
    if not stamp.exists() or stamp.read_text() != content:
        shutil.rmtree(directory, ignore_errors=True)
        ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
        recipe.install(directory)
        stamp.write_text(content)  # last, so that one whose making was broken off is made again
    return Environment(directory, recipe.versions(directory))


def _interpreter(at_least: tuple[int, int]) -> str:
    """An interpreter that really runs: pyenv's shims are found by name and then refuse."""
    for candidate in _candidates(at_least):
        code = f"import sys; sys.exit(sys.version_info < {at_least})"
        try:
            done = subprocess.run([candidate, "-c", code], capture_output=True, timeout=LOOK_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return candidate
    raise NotInstalledError(f"there is no Python {at_least[0]}.{at_least[1]} or later")


def _candidates(at_least: tuple[int, int]) -> Iterator[str]:
    yield sys.executable
    minors: Sequence[int] = range(15, at_least[1] - 1, -1)
    yield from (path for minor in minors if (path := shutil.which(f"python3.{minor}")))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in minors:
        yield from (str(version / "bin" / "python") for version in sorted(pyenv.glob(f"3.{minor}.*")))


def server_python() -> str:
    """An interpreter for the canned server: one that has uvloop, else our own."""
    if find_spec("uvloop") is not None:
        return sys.executable
    try:
        return prepare("canned-server", PythonRecipe(("uvloop", "orjson"))).python
    except NotInstalledError:
        return sys.executable  # slower, and the server's share of its core says whether it matters


def run_quietly(
    command: Sequence[str],
    *,
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
    seconds: float = INSTALL_SECONDS,
) -> str:
    """Its standard output; raises `NotInstalledError` with the last line of its errors."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
            cwd=directory,
            env={**os.environ, **(environ or {})},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(f"{Path(command[0]).name}: {error}") from None
    except subprocess.CalledProcessError as error:
        last = ([line for line in error.stderr.splitlines() if line.strip()] or ["no word"])[-1]
        raise NotInstalledError(f"{Path(command[0]).name} failed: {last[:200]}") from None
    return done.stdout.strip()
