"""Peers' environments, each its own, under build/bench/envs: made when first needed, kept, and thrown away at will."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.figures import DIRECTORY

ENVIRONMENTS = DIRECTORY / "envs"
INSTALL_SECONDS = 240.0
LOOK_SECONDS = 20.0


class NotInstalledError(RuntimeError):
    """A peer can't be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class PythonRecipe:
    """A virtual environment. The first of ``packages`` is the peer, whose version is told."""

    packages: tuple[str, ...]
    at_least: tuple[int, int] = (3, 11)

    def install(self, directory: Path) -> None:
        """Make it; the packages come from the package index that pip is set up with."""
        _run([_interpreter(self.at_least), "-m", "venv", "--clear", str(directory)])
        _run([str(directory / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *self.packages])

    def versions(self, directory: Path) -> str:
        """Name and version of each package, and of Python."""
        code = (
            "import sys, importlib.metadata as m;"
            "print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), 'Python ' + sys.version.split()[0], sep=', ')"
        )
        names = [package.partition("[")[0] for package in self.packages]
        return _run([str(directory / "bin" / "python"), "-c", code, *names])


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
        _run(["npm", "install", *quiet, "--prefix", str(directory), *self.packages])

    def versions(self, directory: Path) -> str:
        """Name and version of each package, and of Node."""
        files = {name: directory / "node_modules" / name / "package.json" for name in self.packages}
        told = [f"{name} {orjson.loads(file.read_bytes())['version']}" for name, file in files.items()]
        return ", ".join([*told, f"Node {_run(['node', '--version'])}"])


Recipe = PythonRecipe | NodeRecipe


@dataclass(frozen=True, slots=True)
class Environment:
    """An installed peer."""

    directory: Path
    versions: str

    @property
    def python(self) -> str:
        """Its interpreter, if it is one of Python."""
        return str(self.directory / "bin" / "python")


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


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(f"{Path(command[0]).name}: {error}") from None
    except subprocess.CalledProcessError as error:
        last = ([line for line in error.stderr.splitlines() if line.strip()] or ["no word"])[-1]
        raise NotInstalledError(f"{Path(command[0]).name} failed: {last[:200]}") from None
    return done.stdout.strip()
