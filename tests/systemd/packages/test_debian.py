"""The Debian package on a machine under a real systemd: installed, upgraded, removed, purged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from systemd.box import Box
from systemd.packages.building import CHECKOUT, build_package, next_package, place_for_all
from systemd.service import Service

CONFIGURATION = "/etc/punctuald"
DATA = "/var/lib/punctuald"
ENVIRONMENT = f"{CONFIGURATION}/environment"
MINE = "# edited here\n"
NEWER = "# another example\n"


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    with place_for_all() as place:
        yield build_package(place)


@pytest.fixture(scope="module")
def upgrade(package: Path) -> Path:
    """A later revision that has another example of the environment."""
    return next_package(package, 2, {ENVIRONMENT[1:]: NEWER})


@pytest.fixture(scope="module")
def broken(package: Path) -> Path:
    """One that refuses to be installed."""
    return next_package(package, 3, {"DEBIAN/preinst": "#!/bin/sh\nexit 1\n"})


@pytest.fixture
def installed(machine: Box, package: Path) -> Iterator[Box]:
    """For the first time, each time."""
    dpkg(machine, "--install", package)
    yield machine
    dpkg(machine, "--purge", "punctuald")
    machine.run("rm", "-rf", CONFIGURATION, DATA)


@pytest.fixture
def service(installed: Box, moto_endpoint: str) -> Iterator[Service]:
    """Configured and enabled by an operator, with nothing to do."""
    service = Service(installed, moto_endpoint)
    service.configure()
    installed.run("systemctl", "enable", "--now", service.unit, timeout_seconds=120)
    yield service
    service.remove()


def dpkg(machine: Box, *arguments: str | Path) -> str:
    return machine.run("dpkg", *map(str, arguments), timeout_seconds=300)


def exists(machine: Box, path: str) -> bool:
    return machine.call("test", "-e", path).returncode == 0


def text(machine: Box, path: str) -> str:
    return machine.run("cat", path)


def test_nothing_in_it_names_where_it_was_built(package: Path) -> None:
    names = [str(place).encode() for place in (CHECKOUT, package.parent)]
    files = [
        path for path in (package.parent / "stage" / "root").rglob("*") if path.is_file() and not path.is_symlink()
    ]
    assert len(files) > 1000
    assert [path for path in files if any(name in path.read_bytes() for name in names)] == []


def test_the_same_checkout_makes_the_same_package(package: Path) -> None:
    again = package.parent / "again"
    assert build_package(again).read_bytes() == package.read_bytes()


def test_it_brings_the_program_the_user_and_the_units_and_starts_nothing(installed: Box) -> None:
    assert installed.run("punctuald", "--version").startswith("punctuald ")
    assert installed.run("id", "--name", "--user", "punctuald").strip() == "punctuald"
    assert installed.call("systemctl", "is-enabled", "punctuald").stdout.strip() == "disabled"
    assert installed.call("systemctl", "is-active", "punctuald").stdout.strip() == "inactive"
    assert installed.run("systemctl", "cat", "punctuald@anything")
    assert dpkg(installed, "--verify", "punctuald") == ""


def test_its_example_is_a_right_configuration_and_credentials_are_roots(installed: Box) -> None:
    assert "config.toml: ok" in installed.run("punctuald", "check", "-c", f"{CONFIGURATION}/config.toml")
    assert installed.run("stat", "--format", "%a %U", ENVIRONMENT).strip() == "600 root"


def test_it_has_what_topics_and_streams_need(installed: Box) -> None:
    code = "import confluent_kafka, google.protobuf; print('both')"
    assert installed.run("/opt/punctuald/.venv/bin/python", "-c", code).strip() == "both"


def test_an_upgrade_restarts_what_ran_and_loses_no_message(service: Service, upgrade: Path) -> None:
    before, ids = service.pid, service.send(50)
    dpkg(service.box, "--install", "--force-confold", upgrade)
    ids += service.send(50)
    service.wait_done(ids)
    assert service.left() == (0, 0)
    assert service.show("ActiveState") == "active"
    assert service.pid not in (0, before)
    assert service.box.call("systemctl", "is-enabled", service.unit).stdout.strip() == "enabled"


def test_an_upgrade_starts_nothing_that_was_stopped(service: Service, upgrade: Path) -> None:
    service.stop()
    dpkg(service.box, "--install", "--force-confold", upgrade)
    assert service.show("ActiveState") == "inactive"


def test_an_upgrade_that_is_broken_off_leaves_the_old_daemon_at_work(service: Service, broken: Path) -> None:
    done = service.box.call("dpkg", "--install", str(broken), timeout_seconds=300)
    assert done.returncode != 0
    service.wait_done(service.send(10))
    assert dpkg(service.box, "--audit") == ""


def test_an_operators_edits_survive_an_upgrade(installed: Box, upgrade: Path) -> None:
    for name in ("config.toml", "shop.py", "environment"):
        installed.write(f"{CONFIGURATION}/{name}", MINE)
    dpkg(installed, "--install", "--force-confold", upgrade)
    assert {text(installed, f"{CONFIGURATION}/{name}") for name in ("config.toml", "shop.py", "environment")} == {MINE}


def test_what_nobody_edited_is_renewed_and_a_removed_example_does_not_come_back(installed: Box, upgrade: Path) -> None:
    installed.run("rm", f"{CONFIGURATION}/config.toml", f"{CONFIGURATION}/shop.py")
    dpkg(installed, "--install", upgrade)
    assert text(installed, ENVIRONMENT) == NEWER
    assert not exists(installed, f"{CONFIGURATION}/config.toml")


def test_a_configuration_that_is_there_is_not_touched_by_the_first_installation(machine: Box, package: Path) -> None:
    machine.write(f"{CONFIGURATION}/config.toml", MINE)
    dpkg(machine, "--install", package)
    assert text(machine, f"{CONFIGURATION}/config.toml") == MINE
    assert not exists(machine, f"{CONFIGURATION}/shop.py")
    dpkg(machine, "--purge", "punctuald")


def test_a_removal_stops_the_daemon_and_keeps_the_configuration(service: Service, package: Path) -> None:
    ids, configured = service.send(20), service.config_text()
    service.wait_done(ids)
    dpkg(service.box, "--remove", "punctuald")
    assert not exists(service.box, "/opt/punctuald")
    assert (service.show("ActiveState"), service.left()) == ("inactive", (0, 0))
    dpkg(service.box, "--install", package)
    assert service.config_text() == configured


def test_a_purge_leaves_nothing_but_the_user(installed: Box) -> None:
    installed.run("systemctl", "enable", "punctuald", "punctuald@other")
    dpkg(installed, "--purge", "punctuald")
    places = [
        "/etc",
        "/lib/systemd",
        "/usr/bin",
        "/usr/lib/sysusers.d",
        "/usr/share/doc",
        "/usr/share/lintian",
        "/var/lib",
    ]
    left = installed.run("find", *places, "-xdev", "-name", "*punctuald*")
    assert left.split() == []
    assert not exists(installed, "/opt/punctuald")
    assert installed.call("systemctl", "cat", "punctuald").returncode != 0


def test_a_purge_keeps_files_that_are_not_its_own(installed: Box) -> None:
    installed.write(f"{CONFIGURATION}/mine.py", MINE)
    installed.write(f"{DATA}/file", MINE)
    said = dpkg(installed, "--purge", "punctuald")
    assert f"{CONFIGURATION} is kept" in said
    assert text(installed, f"{CONFIGURATION}/mine.py") == text(installed, f"{DATA}/file") == MINE
    assert not exists(installed, f"{CONFIGURATION}/config.toml")
