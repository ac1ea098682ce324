"""The lock that development installs from: that it fits pyproject.toml, on every Python that is supported."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
LOCK = (ROOT / ".requirements" / "dev.lock").read_text(encoding="utf-8")
ENTRY = re.compile(
    r"^(?P<requirement>\S+==[^\\\n]+?)(?: \\)?\n(?P<hashes>(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)*)", re.MULTILINE
)
ENTRIES = [(Requirement(found["requirement"]), found["hashes"]) for found in ENTRY.finditer(LOCK)]
PYTHONS = [
    classifier.rpartition(" ")[2]
    for classifier in PROJECT["classifiers"]
    if classifier.startswith("Programming Language :: Python :: 3.")
]


def required(lines: list[str]) -> Iterator[Requirement]:
    """With what the project's own extras among them bring."""
    for requirement in map(Requirement, lines):
        if requirement.name == PROJECT["name"]:
            for extra in sorted(requirement.extras):
                yield from required(PROJECT["optional-dependencies"][extra])
        else:
            yield requirement


def environment_of(python: str) -> dict[str, str]:
    here = {name: str(value) for name, value in default_environment().items()}
    return {**here, "python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}


def applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_has_an_entry_in_its_range(python: str) -> None:
    """Whoever adds a dependency renews the lock (docs/CONTRIBUTING.md)."""
    environment = environment_of(python)
    locked = {
        canonicalize_name(entry.name): str(entry.specifier).removeprefix("==")
        for entry, _ in ENTRIES
        if applies(entry, environment)
    }
    wanted = [*required(PROJECT["dependencies"]), *required(PROJECT["optional-dependencies"]["dev"])]
    missing = [
        str(requirement)
        for requirement in wanted
        if applies(requirement, environment)
        and not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0.dev0"))
    ]
    assert missing == [], "make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_is_locked_twice_on_one_python(python: str) -> None:
    names = [canonicalize_name(entry.name) for entry, _ in ENTRIES if applies(entry, environment_of(python))]
    assert len(names) == len(set(names)) > 50


def test_every_line_belongs_to_an_entry_and_every_entry_has_its_hashes() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert len(lines) == sum(1 + hashes.count("\n") for _, hashes in ENTRIES)
    assert [str(entry) for entry, hashes in ENTRIES if not hashes] == []


def test_what_builds_the_package_is_locked_too() -> None:
    """It is installed without build isolation, which would fetch the newest builder, without a hash."""
    assert set(PYPROJECT["build-system"]["requires"]) <= {
        str(requirement) for requirement in required(PROJECT["optional-dependencies"]["dev"])
    }
