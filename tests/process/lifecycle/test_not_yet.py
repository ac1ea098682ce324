"""What may mend itself never ends the daemon: it is tried again until it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE, HELD

NEEDS_ITS_DATABASE = (
    """
if not (HERE / "database_is_up").exists():
    raise RuntimeError("db down")
"""
    + DONE_AT_ONCE
)
MORE_THAN_A_SLOT_IS_GIVEN = 7
"""Starts that fail: with the fifth, one that may not mend itself is given up."""

TOOL = """#!/bin/sh
echo '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s", "SessionToken": "t",' \\
  "\\"Expiration\\": \\"$(date -u -d '+LIVES' +%Y-%m-%dT%H:%M:%SZ)\\"}"
"""
NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}


def test_a_handler_that_can_not_be_imported_yet_is_imported_again_until_it_can(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(NEEDS_ITS_DATABASE)
    daemon.configure()
    daemon.launch()
    daemon.wait_for("process.exited", status=75, count=MORE_THAN_A_SLOT_IS_GIVEN)
    assert "RuntimeError: db down" in daemon.events("worker.start_failed")[0]["error"]
    (daemon.directory / "database_is_up").touch()
    daemon.wait_for("daemon.ready")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.events("daemon.misconfigured") == daemon.events("process.fatal") == []


@pytest.mark.parametrize("transport", ["fast", "boto3"])
def test_a_daemon_without_credentials_waits_for_them(daemon: DaemonUnderTest, transport: str) -> None:
    tool = daemon.directory / "tool"
    (daemon.directory / "aws").write_text(f"[default]\ncredential_process = {tool}\n")
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure(queue={"transport": transport})
    daemon.launch(**NO_KEYS, AWS_CONFIG_FILE=str(daemon.directory / "aws"))
    unavailable = daemon.wait_for("source.unavailable", call="receive")
    assert "credentials unavailable: custom-process: " in unavailable["text"]  # it may go as it is about to be run
    give_credentials(tool)
    daemon.wait_for("daemon.ready")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.events("process.exited") == []
    assert daemon.events("source.recovered", call="receive")


@pytest.mark.parametrize("transport", ["fast", "boto3"])
def test_a_handler_goes_on_while_its_workers_credentials_are_gone(daemon: DaemonUnderTest, transport: str) -> None:
    tool = daemon.directory / "tool"
    (daemon.directory / "aws").write_text(f"[default]\ncredential_process = {tool}\n")
    give_credentials(tool, lives="5 seconds")
    daemon.write_handler(HELD)
    daemon.configure(queue={"transport": transport})
    daemon.launch(**NO_KEYS, AWS_CONFIG_FILE=str(daemon.directory / "aws"))
    daemon.wait_for("daemon.ready")
    ids = daemon.send("parcel")
    daemon.wait_until(lambda: bool(daemon.notes("begun")), "the handler")
    tool.unlink()
    unavailable = daemon.wait_for("source.unavailable", call="receive")
    assert "credentials unavailable: custom-process: FileNotFoundError" in unavailable["text"]
    (daemon.directory / "let_go").touch()
    daemon.wait_until(lambda: bool(daemon.notes("ended")), "the handler's end")
    give_credentials(tool)
    daemon.wait_done(ids)
    assert len(daemon.notes("begun")) == 1
    assert daemon.events("process.exited") == []


def give_credentials(tool: Path, lives: str = "1 hour") -> None:
    """At once: a file that is only begun would be run as it is."""
    new = tool.with_suffix(".new")
    new.write_text(TOOL.replace("LIVES", lives))
    new.chmod(0o755)
    new.rename(tool)
