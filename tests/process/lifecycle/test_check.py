"""`punctuald check --connect`: whether the queues are there, and what becomes of messages that keep failing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from punctuald.demo.queues import create_queue


def check(directory: Path, endpoint_url: str, *queues: str, environ: Mapping[str, str]) -> tuple[int, str, str]:
    tables = [
        f'[[queue]]\nname = "{name}"\nhandler = "shop:handle"\nendpoint_url = "{endpoint_url}"\n' for name in queues
    ]
    (directory / "config.toml").write_text("".join(tables))
    ran = subprocess.run(
        [sys.executable, "-m", "punctuald", "check", "--connect", "-c", str(directory / "config.toml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environ},
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_queues_that_answer_are_named_with_their_limit_and_what_is_dangerous_in_it(
    tmp_path: Path, moto_endpoint: str
) -> None:
    names = ["checked-2", "checked-5"]
    for name, limit in zip(names, (2, 5), strict=True):
        create_queue(moto_endpoint, name, dead_letter=limit)
    status, out, errors = check(tmp_path, moto_endpoint, *names, environ={"AWS_DEFAULT_REGION": "us-east-1"})
    assert status == 0
    assert f"queue {names[0]}: answers, maxReceiveCount 2" in out
    assert f"queue {names[1]}: answers, maxReceiveCount 5" in out
    [warning] = errors.splitlines()
    assert warning.startswith(f"queue {names[0]}: warning: maxReceiveCount is 2")


def test_a_queue_that_is_not_there_is_one_line_and_status_1(tmp_path: Path, moto_endpoint: str) -> None:
    status, _, errors = check(tmp_path, moto_endpoint, "nowhere", environ={"AWS_DEFAULT_REGION": "us-east-1"})
    assert status == 1
    [line] = errors.splitlines()
    assert "nowhere" in line
