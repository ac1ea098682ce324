"""A relative path is made absolute once, by the name that the shell has for the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.app.absolute_path import absolute_path
from punctuald.errors import ConfigurationError

CONFIG = Path("config.toml")


@pytest.fixture
def current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A link to the folder that the process is in."""
    (tmp_path / "releases" / "1").mkdir(parents=True)
    (tmp_path / "current").symlink_to(tmp_path / "releases" / "1")
    monkeypatch.chdir(tmp_path / "current")
    return tmp_path / "current"


def test_the_shells_name_of_the_folder_keeps_its_links(current: Path) -> None:
    assert absolute_path(CONFIG, {"PWD": str(current)}) == current / "config.toml"


@pytest.mark.parametrize("named", ["", "relative", "/", "/no/such/folder"])
def test_a_name_that_is_not_that_of_this_folder_is_not_believed(current: Path, named: str) -> None:
    assert absolute_path(CONFIG, {"PWD": named}) == current.resolve() / "config.toml"


def test_a_path_that_is_absolute_stays_as_it_is(current: Path) -> None:
    assert absolute_path(current / "config.toml", {}) == current / "config.toml"


def test_a_folder_that_is_gone_is_named_and_no_traceback(current: Path) -> None:
    (current.resolve()).rmdir()
    with pytest.raises(ConfigurationError, match=r"config\.toml: .*gone"):
        absolute_path(CONFIG, {"PWD": str(current)})
