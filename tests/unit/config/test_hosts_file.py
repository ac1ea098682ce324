"""How many daemons drain the same queues, said by the configuration, the environment, or a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from punctuald.config import load
from punctuald.errors import ConfigurationError

QUEUE = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def errors_of(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    return str(caught.value).replace(str(path), path.name).splitlines()


@pytest.mark.parametrize(
    ("scaling", "environ", "hosts"),
    [
        ("", {}, 1),
        ("hosts = 2\n", {}, 2),
        ("hosts = 2\n", {"HOSTS": "3"}, 3),
        ('hosts = 2\nhosts_file = "hosts"\n', {}, 4),
        ('hosts_file = "hosts"\n', {"HOSTS": "3"}, 4),
        ("", {"HOSTS_FILE": "hosts"}, 4),
    ],
)
def test_the_environment_goes_before_the_configuration_and_a_file_of_its_own_before_both(
    scaling: str, environ: dict[str, str], hosts: int, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "hosts").write_text("4\n")
    variables = {f"PUNCTUALD__SCALING__{name}": value for name, value in environ.items()}
    assert load(write(f"[scaling]\n{scaling}{QUEUE}"), variables).scaling.hosts == hosts


def test_the_hosts_file_is_read_anew_each_time_that_the_configuration_is(write: Write, tmp_path: Path) -> None:
    path = write(f'[scaling]\nhosts_file = "{tmp_path}/hosts"\n{QUEUE}')
    for hosts in (2, 5, 1):
        (tmp_path / "hosts").write_text(str(hosts))
        assert load(path, {}).scaling.hosts == hosts


@pytest.mark.parametrize("written", [b"", b"two", b"0", b"1001", b"-1", b"2.0", b"9" * 5_000, b"\xff\xfe"])
def test_a_hosts_file_without_a_usable_number_is_an_error_that_names_it(
    written: bytes, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "hosts").write_bytes(written)
    [error] = errors_of(write(f'[scaling]\nhosts_file = "hosts"\n{QUEUE}'))
    assert error.startswith(f"config.toml:2: scaling.hosts_file: {tmp_path / 'hosts'}: ")


def test_a_hosts_file_that_is_not_there_is_reported_beside_what_else_is_wrong(write: Write) -> None:
    errors = errors_of(write(f'[scaling]\nhosts_file = "none"\n[pool]\nslots = 0\n{QUEUE}'))
    assert [error.partition(": ")[2].partition(": ")[0] for error in errors] == ["scaling.hosts_file", "pool.slots"]
    assert errors[0].endswith("No such file or directory")


def test_a_byte_order_mark_is_no_part_of_the_number(write: Write, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_bytes(b"\xef\xbb\xbf4\r\n")
    assert load(write(f'[scaling]\nhosts_file = "hosts"\n{QUEUE}'), {}).scaling.hosts == 4
