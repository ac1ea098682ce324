"""`punctuald check`, and the exit statuses of every command."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from punctuald.app import extras
from punctuald.cli import COMMANDS, commands, status_of
from punctuald.demo.sandbox import NOWHERE
from punctuald.errors import PunctualdError
from punctuald.source.kinesis.api.client import make_client

QUEUE = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        status = status_of([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(QUEUE, encoding="utf-8")
    return path


def test_a_good_file_says_what_the_daemon_would_do(run: Run, config: Path) -> None:
    status, out, err = run("check", "-c", config)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f"{config}: ok",
        "queue orders: shop:handle, tier by time of sending, long polls of 4 s, 300 s a message at most",
        "workers: 1 to 8, 4 slots each: 32 messages at once at most",
        "tier peak_hours: 3 s, 08:00 to 20:00",
        "tier batch_mode: 60 s, 00:00 to 06:00",
        "tier off_hours: 10 s, all day",
        "objective: 99 % of messages in time; hours are those of UTC",
    ]


def test_other_than_defaults_are_said_too(run: Run, config: Path) -> None:
    config.write_text(
        "[pool]\nmin_workers = 3\nmax_workers = 3\n"
        + QUEUE
        + 'tier = "t"\nwait_seconds = 0\n'
        + '[[sla.tier]]\nname = "s"\nthreshold_seconds = 1\ndays = ["sat"]\n'
        + '[[sla.tier]]\nname = "t"\nthreshold_seconds = 0.5\n',
        encoding="utf-8",
    )
    _, out, _ = run("check", "-c", config)
    assert "queue orders: shop:handle, tier t, short polls, 300 s a message at most" in out
    assert "workers: 3, 4 slots each: 12 messages at once at most" in out
    assert "tier s: 1 s, all day on sat\ntier t: 0.5 s, all day" in out


def test_limits_are_said(run: Run, config: Path) -> None:
    config.write_text(QUEUE + "concurrency = 5\nrate_limit = 2.5\n")
    _, out, _ = run("check", "-c", config)
    assert "300 s a message at most, 5 at once at most, 2.5 a second at most" in out


def test_a_rate_that_none_would_live_to_see_is_refused(run: Run, config: Path) -> None:
    config.write_text(QUEUE + "rate_limit = 0.0001\n")
    status, _, err = run("check", "-c", config)
    assert status == 78
    assert "queue[0].rate_limit: 0.0001 is less than one in 1000 s; 0 means no limit" in err


TOPIC = '[[topic]]\nname = "readings"\nhandler = "shop:handle"\nbrokers = "a:9092"\n'


def test_a_topic_says_its_group_its_tries_and_what_becomes_of_a_record_that_fails(run: Run, config: Path) -> None:
    config.write_text(TOPIC + 'group = "plant"\nmax_tries = 3\ndead_letter_topic = "readings.dead"\n')
    status, out, err = run("check", "-c", config)
    assert (status, err) == (0, "")
    assert out.splitlines()[1] == (
        "topic readings: shop:handle, tier by the record's time, group plant at a:9092, at most 3 tries, "
        "then to readings.dead"
    )


def test_a_topic_without_a_dead_letter_topic_is_a_warning(run: Run, config: Path) -> None:
    config.write_text(TOPIC + 'tier = "off_hours"\n')
    status, out, err = run("check", "-c", config)
    assert status == 0
    assert (
        "topic readings: shop:handle, tier off_hours, group punctuald at a:9092, at most 5 tries, then it stays" in out
    )
    assert err == (
        "topic readings: warning: no dead_letter_topic: a record that can't be handled stays, and its key waits\n"
    )


def test_a_topic_that_can_not_be_reached_is_status_one_and_its_handler_is_its_own(run: Run, config: Path) -> None:
    config.write_text(TOPIC.replace("a:9092", "127.0.0.1:9"))
    (config.parent / "shop.py").write_text("def handle(message): pass\n")
    status, out, err = run("check", "--connect", "-c", config)
    assert status == 1
    assert "topic readings: handler shop:handle: a function of one message" in out
    assert "topic readings: topic 'readings' at 127.0.0.1:9: " in err
    assert "Connection refused" in err


STREAM = '[[stream]]\nname = "clicks"\nhandler = "shop:handle"\n'


def test_a_stream_says_its_application_its_tries_and_what_becomes_of_a_record_that_fails(
    run: Run, config: Path
) -> None:
    config.write_text(STREAM + 'application = "plant"\nstart = "latest"\nmax_tries = 3\ndead_letter_queue = "dead"\n')
    status, out, err = run("check", "-c", config)
    assert (status, err) == (0, "")
    assert out.splitlines()[1] == (
        "stream clicks: shop:handle, tier by the record's time, application plant from latest, at most 3 tries, "
        "then to dead"
    )


def test_a_stream_without_a_dead_letter_queue_is_a_warning(run: Run, config: Path) -> None:
    config.write_text(STREAM)
    status, out, err = run("check", "-c", config)
    assert status == 0
    assert "application punctuald-clicks from earliest, at most 5 tries, then it stays" in out
    assert err == (
        "stream clicks: warning: no dead_letter_queue: a record that can't be handled stays, and its key waits\n"
    )


def test_a_stream_that_is_not_there_is_status_one_and_one_that_is_says_how_it_is_shared(
    run: Run, config: Path, roto_endpoint: str
) -> None:
    place = f'endpoint_url = "{roto_endpoint}"\ndynamodb_endpoint_url = "{roto_endpoint}"\nregion = "us-east-1"\n'
    (config.parent / "shop.py").write_text("def handle(message): pass\n")
    config.write_text(STREAM + place + 'stream = "no-such-clicks"\n')
    status, out, err = run("check", "--connect", "-c", config)
    assert status == 1
    assert "stream clicks: handler shop:handle: a function of one message" in out
    assert "stream clicks: stream 'no-such-clicks' (region us-east-1, " in err
    with closing(make_client("us-east-1", roto_endpoint)) as kinesis:
        kinesis.create_stream(StreamName="check-clicks", ShardCount=8)
    config.write_text(STREAM + place + 'stream = "check-clicks"\n')
    status, out, _ = run("check", "--connect", "-c", config)
    assert status == 0
    assert (
        "stream clicks: answers, 8 open shards, lease table punctuald-clicks is not there yet and will be made\n" in out
    )


TIERS = (
    '[[sla.tier]]\nname = "day"\nthreshold_seconds = 3\nfrom = "06:00"\nuntil = "22:00"\n'
    '[[sla.tier]]\nname = "lunch"\nthreshold_seconds = 1\nfrom = "12:00"\nuntil = "13:00"\n'
    '[[sla.tier]]\nname = "rest"\nthreshold_seconds = 9\n'
)


def test_the_regions_of_a_queue_are_said(run: Run, config: Path) -> None:
    tables = '[[queue.region]]\nname = "eu-west-1"\n[[queue.region]]\nname = "us-east-1"\n'
    config.write_text(f'[[queue]]\nname = "orders"\nhandler = "shop:handle"\n{tables}')
    _, out, _ = run("check", "-c", str(config))
    assert "queue orders in eu-west-1 and us-east-1: shop:handle, " in out


def test_a_tier_that_can_never_be_in_force_is_a_warning(run: Run, config: Path) -> None:
    config.write_text(QUEUE + TIERS, encoding="utf-8")
    status, _, err = run("check", "-c", config)
    assert status == 0
    assert err == (
        "tier lunch: warning: never in force: whenever it holds, day before it in the list does too; "
        "only messages whose sla_tier names it have it\n"
    )


def test_a_tier_that_a_queue_names_need_not_hold_by_the_clock(run: Run, config: Path) -> None:
    config.write_text(QUEUE + 'tier = "lunch"\n' + TIERS, encoding="utf-8")
    assert run("check", "-c", config)[2] == ""


def test_a_bad_file_is_one_line_an_error_and_status_78(run: Run, config: Path) -> None:
    config.write_text("[pool]\nmax_workers = 0\nslots = 0\n" + QUEUE, encoding="utf-8")
    assert run("check", "-c", config) == (
        78,
        "",
        f"{config}:2: pool.max_workers: 0 is too small: 1 to 512\n{config}:3: pool.slots: 0 is too small: 1 to 256\n",
    )


def test_a_page_without_what_serves_it_has_status_78(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    config.write_text(f'[web]\nlisten = "127.0.0.1:9465"\n{QUEUE}', encoding="utf-8")
    status, _, err = run("check", "--connect", "-c", config)
    assert (status, err.count("\n")) == (78, 1)
    assert "web.listen needs the extra `web`: pip install 'punctuald[web]'" in err


def test_the_environment_is_checked_too(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUNCTUALD__POOL__SLOTS", "0")
    assert run("check", "-c", config) == (
        78,
        "",
        "PUNCTUALD__POOL__SLOTS: pool.slots: 0 is too small: 1 to 256\n",
    )


def test_a_missing_file_is_one_line_and_status_78(run: Run, tmp_path: Path) -> None:
    status, out, err = run("check", "-c", tmp_path / "gone.toml")
    assert (status, out, err) == (78, "", f"{tmp_path}/gone.toml: No such file or directory\n")


def test_a_directory_and_what_is_no_text_have_status_78(run: Run, tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    assert run("check", "-c", tmp_path) == (78, "", f"{tmp_path}: Is a directory\n")
    assert run("check", "-c", tmp_path / "latin.toml") == (
        78,
        "",
        f"{tmp_path}/latin.toml:1: the file is not UTF-8 text\n",
    )


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_file_that_may_not_be_read_has_status_78(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "access", lambda *_, **__: False)  # what the file's mode does to anybody but root
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setenv("XDG_RUNTIME_DIR", NOWHERE)  # the daemon makes its socket first
    assert run(command, "-c", config) == (78, "", f"{config}: Permission denied\n")


def test_an_unknown_command_is_wrong_usage(run: Run) -> None:
    status, _, err = run("chek")
    assert status == 2
    assert "No such command" in err


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"], ["schema"]])
def test_what_only_informs_ends_well(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert out


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (PunctualdError("the queue is gone"), 1, "the queue is gone\n"),
        (ZeroDivisionError("ours"), 70, "ZeroDivisionError: ours\n"),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_a_command_that_fails_says_how(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, text: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("punctuald.cli.check.load", fail)
    got, _, err = run("check")
    assert got == status
    assert err.endswith(text)


def test_help_lists_the_commands_without_importing_them(run: Run) -> None:
    _, out, _ = run("--help")
    assert [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines()] == list(COMMANDS)


def test_the_command_line_itself_imports_nothing_heavy() -> None:
    code = (
        "import sys, punctuald.cli; print([m for m in ('pydantic', 'boto3', 'rich', 'structlog') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_python_m_punctuald_is_the_same_command(config: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "punctuald", "check", "-c", config], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{config}: ok")


def test_every_command_is_known_by_its_name() -> None:
    for name in ("check", "schema"):
        found = commands.get_command(None, name)  # type: ignore[arg-type]  # the context is not looked at
        assert found is not None
        assert found.name == name
