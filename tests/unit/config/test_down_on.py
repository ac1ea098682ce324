"""`down_on`: names of exceptions, from the file or the environment, and what is wrong with one that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.config import load
from punctuald.errors import ConfigurationError

QUEUE = '[[queue]]\nname = "orders"\nhandler = "shop:pay"\n'


def down_on(tmp_path: Path, line: str = "", **environ: str) -> tuple[str, ...]:
    path = tmp_path / "config.toml"
    path.write_text(QUEUE + line)
    return load(path, environ).queues[0].down_on


def test_there_are_none_unless_some_are_given(tmp_path: Path) -> None:
    assert down_on(tmp_path) == ()
    assert down_on(tmp_path, "down_on = []") == ()


def test_they_are_a_list_of_names(tmp_path: Path) -> None:
    names = ("psycopg.OperationalError", "ConnectionError", "a_b.c1.D_e")
    assert down_on(tmp_path, f"down_on = {list(names)}") == names
    assert down_on(tmp_path, PUNCTUALD__QUEUE__0__DOWN_ON='["redis.ConnectionError"]') == ("redis.ConnectionError",)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('down_on = ["psycopg:OperationalError"]', 'queue[0].down_on[0]: "psycopg:OperationalError" is not allowed'),
        ('down_on = ["A", ""]', 'queue[0].down_on[1]: "" is not allowed'),
        ('down_on = "psycopg.OperationalError"', 'queue[0].down_on: "psycopg.OperationalError" is not allowed: a list'),
        ("down_on = [1]", "queue[0].down_on[0]: 1 is not allowed"),
    ],
)
def test_what_is_no_name_is_refused_with_what_is_allowed(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        down_on(tmp_path, line)
    assert f"config.toml:4: {says}" in str(refused.value)
    assert "psycopg.OperationalError" in str(refused.value)
