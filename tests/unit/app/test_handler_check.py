"""Handlers are imported in a process of their own: whatever they do there is said, and harms nobody."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from patience import wait_until
from punctuald.app.handler_check import HandlerCheck, check_handlers
from punctuald.config import load

GOOD = "from __future__ import annotations\nfrom punctuald import Message\n"


def checked(directory: Path, limit_seconds: float = 60.0, **modules: str) -> list[HandlerCheck]:
    """Of a queue for each module, in their order; each has a function called ``handle``, unless it comes to grief."""
    tables = [f'[[queue]]\nname = "{name}"\nhandler = "{name}:handle"\n' for name in modules]
    (directory / "config.toml").write_text("".join(tables), encoding="utf-8")
    for name, code in modules.items():
        (directory / f"{name}.py").write_text(code, encoding="utf-8")
    settings = load(directory / "config.toml", {})
    return check_handlers(directory / "config.toml", settings, limit_seconds)


def test_each_handler_is_described(tmp_path: Path) -> None:
    checks = checked(
        tmp_path,
        one=GOOD + "def handle(message: Message): ...",
        many=GOOD + "def handle(messages: list[Message]): ...",
        waits=GOOD + "async def handle(message: Message): ...",
        gathers=GOOD + "async def handle(messages: list[Message]): ...",
    )
    assert [(check.queue, check.problem, check.kind) for check in checks] == [
        ("one", "", "a function of one message"),
        ("many", "", "a function of a list of messages"),
        ("waits", "", "a coroutine of one message"),
        ("gathers", "", "a coroutine of a list of messages"),
    ]
    assert [check.coroutine for check in checks] == [False, False, True, True]


@pytest.mark.parametrize(
    ("code", "lasting", "said"),
    [
        ("import no_such_module", True, "can't be imported: ModuleNotFoundError"),
        ("def handle(", True, "can't be imported: SyntaxError"),
        ("other = 1", True, "has no 'handle'"),
        ("handle = 1", True, "is a int, not something to call"),
        ("raise OSError('the database is away')", False, "can't be imported: OSError: the database is away"),
        ("import sys; sys.exit(3)", False, "can't be imported: SystemExit: 3"),
    ],
)
def test_what_a_worker_would_refuse_is_said_as_the_worker_would(
    code: str, lasting: bool, said: str, tmp_path: Path
) -> None:
    bad, good = checked(tmp_path, bad=code, good="def handle(message): ...")
    assert said in bad.problem
    assert bad.problem.startswith(f"{tmp_path}/config.toml: queue[0] (bad): handler 'bad:handle'")
    assert bad.lasting is lasting
    assert good.problem == ""


def test_a_hook_that_a_worker_would_refuse_is_said(tmp_path: Path) -> None:
    [bad] = checked(tmp_path, bad="def handle(message): ...\ndef on_stop(worker, reason): ...")
    assert bad.problem.endswith("bad.on_stop must take nothing or one argument, the worker, and not (worker, reason)")
    assert bad.lasting


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "its import was killed by SIGABRT"),
        (
            "import os; print('no licence', flush=True); os._exit(3)",
            "its import ended the process with status 3: no licence",
        ),
        ("import os; os.closerange(0, 100); os._exit(4)", "its import ended the process with status 4"),
    ],
)
def test_an_import_that_ends_the_process_is_named_and_ends_nothing_else(code: str, said: str, tmp_path: Path) -> None:
    before, bad, after = checked(tmp_path, before="def handle(_): ...", bad=code, after="def handle(_): ...")
    assert before.problem == ""
    assert bad.problem.endswith(said)
    assert "not tried, because what came before it" in after.problem


def test_an_import_that_does_not_end_is_ended_with_all_that_it_started_and_its_line_is_named(tmp_path: Path) -> None:
    code = "import subprocess, time\nsubprocess.Popen(['sleep', '4321'])\nwhile True: time.sleep(1)\n"
    [check] = checked(tmp_path, limit_seconds=0.5, endless=code)
    assert check.problem.endswith(f"its import takes longer than 0.5 s ({tmp_path}/endless.py:3)")
    wait_until(lambda: ["sleep", "4321"] not in [each.info["cmdline"] for each in psutil.process_iter(["cmdline"])])


def test_a_thread_that_a_module_leaves_behind_holds_up_nobody(tmp_path: Path) -> None:
    code = "import threading\nthreading.Thread(target=threading.Event().wait).start()\ndef handle(_): ..."
    [check] = checked(tmp_path, threads=code)
    assert (check.problem, check.kind) == ("", "a function of one message")
