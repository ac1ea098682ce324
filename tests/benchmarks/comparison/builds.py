"""Peers that are compiled: their few sources are copied to a folder of their own and built there, once."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.comparison.envs import ENVIRONMENTS, PROGRAM, NotInstalledError, run_quietly

BUILD_SECONDS = 1_800.0  # AWS's SDK for Rust takes minutes on two cores
CARGO_TARGET = ENVIRONMENTS / "cargo"  # outlives the folder: a changed source builds anew, its dependencies do not


@dataclass(frozen=True, slots=True)
class GoRecipe:
    """A program from ``sources`` with the newest versions of ``modules``, of which the last is the peer."""

    sources: Path
    modules: tuple[str, ...]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", source_digest(self.sources))

    def install(self, directory: Path) -> None:
        """Build it; the modules come from the proxy that Go is set up with."""
        _need("go")
        shutil.copytree(self.sources, directory)
        for command in (
            ["mod", "init", PROGRAM],
            ["get", *self.modules],
            ["build", "-buildvcs=false", "-o", PROGRAM, "."],
        ):
            run_quietly(["nice", "go", *command], directory=directory, seconds=BUILD_SECONDS)

    def versions(self, directory: Path) -> str:
        """The peer's version, and Go's."""
        peer = run_quietly(["go", "list", "-m", self.modules[-1]], directory=directory)
        return f"{peer}, {run_quietly(['go', 'env', 'GOVERSION'])}"


@dataclass(frozen=True, slots=True)
class CargoRecipe:
    """A program from ``sources``, with the newest dependencies that its Cargo.toml allows; ``peer`` is one of them."""

    sources: Path
    peer: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", source_digest(self.sources))

    def install(self, directory: Path) -> None:
        """Build it; the crates come from the registry that cargo is set up with."""
        _need("cargo")
        shutil.copytree(self.sources, directory)
        environ = {"CARGO_TARGET_DIR": str(CARGO_TARGET)}
        command = ["nice", "cargo", "build", "--release", "--quiet"]
        run_quietly(command, directory=directory, environ=environ, seconds=BUILD_SECONDS)
        shutil.copy2(CARGO_TARGET / "release" / PROGRAM, directory / PROGRAM)

    def versions(self, directory: Path) -> str:
        """The peer's version, and the compiler's."""
        package = run_quietly(["cargo", "pkgid", "--quiet", self.peer], directory=directory)
        return f"{self.peer} {package.rpartition('@')[2]}, {run_quietly(['rustc', '--version'])}"


def source_digest(directory: Path) -> str:
    """Of all files below it: another one means that what was built of them is out of date."""
    digest = hashlib.sha256()
    for file in sorted(path for path in directory.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(directory)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _need(tool: str) -> None:
    if shutil.which(tool) is None:
        raise NotInstalledError(f"there is no {tool}")
