"""A PostgreSQL of the machine's own, in a directory of its own, that a test stops and starts again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"  # of the database; of the machine where it is known, else nobody
START_SECONDS = 30.0
LOOK_SECONDS = 0.02


def find_programs() -> Path | None:
    """Where `initdb` and `postgres` are; None where this machine has none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


class PostgresqlServer:
    """Not running before `start`. ``conninfo`` is where clients find it, whether it is there or not."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self._programs = programs
        self._directory = directory
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.conninfo = f"host=127.0.0.1 port={self._port} user={USER} dbname=postgres connect_timeout=3"
        data = str(directory / "data")
        made = [str(programs / "initdb"), "--pgdata", data, "--username", USER, "--auth", "trust", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, **_someone_else())

    def start(self) -> None:
        """Start it; returns when it takes connections."""
        settings = {"listen_addresses": "127.0.0.1", "port": self._port, "unix_socket_directories": "", "fsync": "off"}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self._directory / "data"), *options]
        with (self._directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_someone_else())
        end_mono = time.monotonic() + START_SECONDS
        while not self.is_up():
            assert time.monotonic() < end_mono, (self._directory / "server.log").read_text()[-2000:]
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """As by `pg_ctl stop -m fast`: clients are disconnected, and find nobody there."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(START_SECONDS)

    def is_up(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.conninfo).close()
        except psycopg.OperationalError:
            return False
        return True

    def query(self, sql: str) -> Sequence[Any]:
        """Run one statement; returns its rows."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            answer = connection.execute(sql)
            return answer.fetchall() if answer.description else []


@contextmanager
def postgresql(programs: Path) -> Iterator[PostgresqlServer]:
    """One that runs, and that is gone at the end with all that it wrote."""
    directory = Path(mkdtemp(prefix="punctuald-postgresql-"))
    try:
        account = _account()
        if account is not None:
            os.chown(directory, account.pw_uid, account.pw_gid)
        server = PostgresqlServer(programs, directory)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


def _someone_else() -> Mapping[str, Any]:
    """How to start a program that refuses to run as root."""
    account = _account()
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def _account() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get(USER) or known["nobody"]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
