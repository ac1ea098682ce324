"""Of which host a file is."""

from __future__ import annotations

from pathlib import Path

import pytest

from punctuald.log_tables.log_files import log_files


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("vm1.log", "vm1"),
        ("vm1.log.1", "vm1"),
        ("vm1.log.2.gz", "vm1"),
        ("vm1.log-20261127.gz", "vm1"),
        ("vm1-2026-11-27.jsonl", "vm1"),
        ("ip-10-0-0-7.log", "ip-10-0-0-7"),
        ("db.example.org.log", "db.example.org"),
        (".log", ".log"),
    ],
)
def test_a_file_has_its_hosts_name(name: str, host: str) -> None:
    assert [each.host for each in log_files([Path("/var/log") / name])] == [host]


def test_files_of_one_name_have_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / "vm1" / "daemon.log", tmp_path / "vm2" / "daemon.log", tmp_path / "vm2" / "daemon.log.1"]
    assert [each.host for each in log_files(paths)] == ["vm1", "vm2", "vm2"]


def test_a_rotated_log_in_one_folder_is_of_one_host(tmp_path: Path) -> None:
    assert {each.host for each in log_files([tmp_path / "daemon.log", tmp_path / "daemon.log.1.gz"])} == {"daemon"}


def test_a_host_that_is_named_is_that_of_all() -> None:
    assert [each.host for each in log_files([Path("a.log"), Path("b.log")], "vm9")] == ["vm9", "vm9"]
