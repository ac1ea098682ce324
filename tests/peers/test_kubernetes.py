"""The manifest in docs/fleet/ by Kubernetes' own schemas, which refuse a field that there is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from peers.programs.maven import NotToBeHad
from peers.programs.python import installed

MANIFEST = Path(__file__).parents[2] / "docs" / "fleet" / "kubernetes.yaml"
VERSIONS = ("1.30", "1.37")


@pytest.fixture(scope="module")
def program() -> Path:
    try:
        return installed("kubernetes-validate", "kubernetes-validate==1.37.0")
    except NotToBeHad as missing:
        pytest.skip(f"kubernetes-validate: {missing}")


def refusals(program: Path, manifest: Path, version: str) -> str:
    command = [str(program), "--strict", "--quiet", "--kubernetes-version", version, str(manifest)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_of_the_manifest_is_one(program: Path, version: str) -> None:
    assert refusals(program, MANIFEST, version) == ""


def test_a_field_that_there_is_not_would_be_refused(program: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "kubernetes.yaml"
    manifest.write_text(MANIFEST.read_text().replace("terminationGracePeriodSeconds", "terminationGraceSeconds"))
    assert "terminationGraceSeconds" in refusals(program, manifest, VERSIONS[-1])
