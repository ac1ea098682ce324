"""What a wheel carries: the code, and the files that `punctuald init` writes."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DATA = {
    "punctuald/data/config.toml": "config.toml",
    "punctuald/data/punctuald.service": "systemd/punctuald.service",
    "punctuald/data/punctuald@.service": "systemd/punctuald@.service",
    "punctuald/data/punctuald.sysusers": "systemd/punctuald.sysusers",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    directory = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]  # needs no network
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True, timeout=120)
    [built] = directory.glob("punctuald-*.whl")
    return zipfile.Path(built)


def test_it_carries_the_unit_the_user_and_the_example_configuration(wheel: zipfile.Path) -> None:
    for name, source in DATA.items():
        assert (wheel / name).read_text(encoding="utf-8") == (ROOT / source).read_text(encoding="utf-8")
    assert (wheel / "punctuald" / "py.typed").exists()


def test_it_carries_all_that_the_page_in_a_browser_is_made_of(wheel: zipfile.Path) -> None:
    static = ROOT / "daemon" / "punctuald" / "view" / "web" / "static"
    carried = wheel / "punctuald" / "view" / "web" / "static"
    files = {path.name: path.read_bytes() for path in static.iterdir()}
    assert {"index.html", "page.js", "page.css"} <= files.keys()
    assert {path.name: path.read_bytes() for path in carried.iterdir()} == files


def test_it_carries_no_tests(wheel: zipfile.Path) -> None:
    assert {path.name.partition("-")[0] for path in wheel.iterdir()} == {"punctuald"}


@pytest.mark.parametrize("arguments", [[], ["--systemd"]])
def test_init_works_from_a_wheel_without_a_clone(arguments: list[str], wheel: zipfile.Path, tmp_path: Path) -> None:
    installed, work = tmp_path / "site-packages", tmp_path / "work"
    wheel.root.extractall(installed)
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "punctuald", "init", *arguments],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(installed)},  # before the clone's, which an editable installation adds
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    written = {path.name: path.read_text(encoding="utf-8") for path in work.iterdir() if path.is_file()}
    if arguments:
        assert "Documentation=" not in written["punctuald.service"]  # a wheel has no docs
        assert set(written) == {"punctuald.service", "punctuald@.service", "punctuald.sysusers"}
    else:
        assert set(written) == {"config.toml", "shop.py"}
