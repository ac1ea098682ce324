"""Where the control socket is, and who may have it."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from punctuald.errors import ConfigurationError
from punctuald.process.control import socket_path
from punctuald.process.control.listener import LONGEST_PATH_BYTES, ControlListener, open_listener, own_listener
from punctuald.process.control.socket_path import UNIT_DIRECTORY, socket_candidates, socket_name

CONFIG = Path("/etc/punctuald/config.toml")


@contextmanager
def opened(path: Path) -> Iterator[ControlListener]:
    listener = open_listener(path)
    try:
        yield listener
    finally:
        listener.remove()


def test_only_the_daemons_user_can_connect(tmp_path: Path) -> None:
    with opened(tmp_path / "a.sock") as listener:
        assert stat.S_IMODE(listener.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(f"{listener.path}.lock").stat().st_mode) == 0o600


def test_a_second_daemon_is_refused_in_one_line_and_harms_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "a.sock") as listener:
        with pytest.raises(ConfigurationError, match="another daemon's that runs now") as refused:
            open_listener(listener.path)
        assert "\n" not in str(refused.value)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(listener.path))


def test_a_socket_that_a_killed_daemon_left_is_taken_over(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "a.sock"))
    with opened(tmp_path / "a.sock") as listener, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(listener.path))


def test_an_observer_that_outlives_its_supervisor_does_not_keep_the_next_daemon_out(tmp_path: Path) -> None:
    before = open_listener(tmp_path / "a.sock")
    before.keep_socket_only()
    with opened(tmp_path / "a.sock") as listener:
        assert listener.path.exists()
    before.socket.close()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ConfigurationError, match="no socket"):
        open_listener(tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "mine"


def test_a_path_that_the_kernel_has_no_room_for_is_refused(tmp_path: Path) -> None:
    room = LONGEST_PATH_BYTES - len(os.fsencode(tmp_path)) - 1
    with opened(tmp_path / ("x" * room)) as listener:
        assert len(os.fsencode(listener.path)) == 107
    with pytest.raises(ConfigurationError, match="longer than 107 bytes"):
        open_listener(tmp_path / ("x" * (room + 1)))


def test_a_directory_that_is_not_there_is_refused_where_it_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file or directory"):
        open_listener(tmp_path / "nowhere" / "a.sock")


def test_without_a_directory_a_daemon_has_no_socket(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path / "nowhere" / "deeper")}
    assert own_listener(CONFIG, environ) is None


def test_the_runtime_directory_of_the_unit_wins_over_the_users(tmp_path: Path) -> None:
    unit, user = tmp_path / "unit", tmp_path / "user"
    for directory in (unit, user):
        directory.mkdir()
    for environ, directory in (
        ({"RUNTIME_DIRECTORY": f"{unit}:/other", "XDG_RUNTIME_DIR": str(user)}, unit),
        ({"XDG_RUNTIME_DIR": str(user)}, user / "punctuald"),
    ):
        listener = own_listener(CONFIG, environ)
        assert listener is not None
        assert listener.path.parent == directory
        listener.remove()
        assert not listener.path.exists()


def test_a_client_looks_where_the_daemon_listens_and_where_the_units_would(tmp_path: Path) -> None:
    name = socket_name(CONFIG)
    assert socket_candidates(CONFIG, {"XDG_RUNTIME_DIR": str(tmp_path)}, 1000) == [
        tmp_path / "punctuald" / name,
        UNIT_DIRECTORY / name,
        Path("/run/punctuald@config") / name,
    ]
    assert socket_candidates(CONFIG, {}, 1000) == [
        Path("/run/user/1000/punctuald") / name,
        UNIT_DIRECTORY / name,
        Path(tempfile.gettempdir()) / "punctuald-1000" / name,
        Path("/run/punctuald@config") / name,
    ]


def test_where_nobody_logged_in_a_daemon_has_a_directory_of_its_own_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_path, "_USERS", tmp_path / "no-users")
    monkeypatch.setattr(socket_path, "UNIT_DIRECTORY", tmp_path / "no-run" / "punctuald")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    listener = own_listener(CONFIG, {})
    assert listener is not None
    assert listener.path.parent == tmp_path / f"punctuald-{os.getuid()}"
    listener.remove()


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_directory_that_others_may_write_to_is_passed_over(mode: int, tmp_path: Path) -> None:
    (tmp_path / "punctuald").mkdir()
    (tmp_path / "punctuald").chmod(mode)
    assert own_listener(CONFIG, {"XDG_RUNTIME_DIR": str(tmp_path)}) is None


def test_daemons_of_different_directories_are_told_apart_though_both_have_a_config_toml() -> None:
    assert socket_name(Path("/a/config.toml")) != socket_name(Path("/b/config.toml"))
    assert socket_name(Path("/a/config.toml")) == socket_name(Path("/b/../a/config.toml"))
    assert socket_name(CONFIG).startswith("config-")
