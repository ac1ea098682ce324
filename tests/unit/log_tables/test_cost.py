"""What calls cost, and the file of prices."""

from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.errors import ConfigurationError
from punctuald.log_tables.figures.cost import read_prices
from punctuald.policy.advice.prices import Prices


def prices(tmp_path: Path, text: str) -> Prices:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    return read_prices(path)


def test_a_file_replaces_what_it_names(tmp_path: Path) -> None:
    found = prices(tmp_path, 'currency = "EUR"\nstandard = 0.3\nworker_hour = 0.02\n[queues]\ntelemetry = 0\n')
    assert (found.of("orders"), found.of("orders.fifo"), found.of("telemetry")) == (0.3, Prices().fifo, 0)
    assert (found.currency, found.worker_hour) == ("EUR", 0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("standart = 1", "no such field: standart; there are currency"),
        ("standard = -1", "standard = -1: has to be a number from 0 up"),
        ("standard = nan", "standard = nan: has to be"),
        ("fifo = true", "fifo = True: has to be"),
        ("queues = 3", "queues: has to be a table"),
        ('[queues]\norders = "free"', "queues.orders = 'free': has to be"),
        ("standard = ", "is no TOML"),
    ],
)
def test_a_wrong_file_says_what_and_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"prices\.toml") as refused:
        prices(tmp_path, text)
    assert said in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be read: No such file"):
        read_prices(tmp_path / "none.toml")
