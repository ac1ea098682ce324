"""Peers that are compiled: what is missing is named, and a changed source is built anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.comparison.builds import CargoRecipe, GoRecipe, source_digest
from benchmarks.comparison.envs import NotInstalledError


@pytest.mark.parametrize(
    ("recipe", "tool"), [(GoRecipe(Path(__file__).parent, ()), "go"), (CargoRecipe(Path(__file__).parent, ""), "cargo")]
)
def test_a_toolchain_that_is_not_there_is_named(
    recipe: GoRecipe | CargoRecipe, tool: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotInstalledError, match=f"there is no {tool}"):
        recipe.install(tmp_path / "build")


def test_a_changed_source_makes_another_recipe(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text("one")
    before = repr(CargoRecipe(tmp_path, "peer"))
    (tmp_path / "src" / "main.rs").write_text("two")

    assert repr(CargoRecipe(tmp_path, "peer")) != before


def test_a_renamed_source_counts_as_changed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("same")
    before = source_digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")

    assert source_digest(tmp_path) != before
