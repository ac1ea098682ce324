"""Which line is what, from wherever it comes: none is fatal, and each is counted once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doubles.log_report.made_log import daemon, line, report, tables, tier, write
from punctuald.log_tables.log_files import LogFile
from punctuald.log_tables.log_tables import open_log
from punctuald.log_tables.placing import JournalLog
from punctuald.log_tables.span import LogUnreadable

WHOLE = tier()


def kinds(*lines: bytes, path: Path) -> dict[str, int]:
    with tables(write(path, lines)) as log:
        return dict(log.rows("SELECT kind, sum(lines)::BIGINT FROM lines GROUP BY kind"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (WHOLE, "event"),
        (line("message.done", process="worker"), "event"),
        (WHOLE[:-20], "torn"),
        (WHOLE[20:], "torn"),
        (WHOLE[:50] + WHOLE, "torn"),
        (WHOLE[:60] + b"\xc3", "torn"),
        (b"", "blank"),
        (b"   \t", "blank"),
        (b"Traceback (most recent call last):", "foreign"),
        (b'{"timestamp": "2026-11-27", "level": "info", "event": "began", "logger": "shop"}', "foreign"),
        (b'{"msg": "of another program"}', "foreign"),
        (b"12", "foreign"),
        (b'"a \x02, b"', "foreign"),
        (b"caf\xe9", "foreign"),
        (b"x" * 300_000, "foreign"),
    ],
)
def test_each_line_is_one_kind(tmp_path: Path, text: bytes, kind: str) -> None:
    found = kinds(WHOLE, text, WHOLE, path=tmp_path / "daemon.log")
    assert found.pop("event") == (3 if kind == "event" else 2)
    assert found == ({} if kind == "event" else {kind: 1})


def test_a_line_whose_fields_have_another_order_is_ours(tmp_path: Path) -> None:
    sorted_by_jq = (
        b'{"event": "daemon.started", "level": "info", "process": "supervisor", "timestamp": "2026-11-27T12:00:00Z"}'
    )
    assert kinds(sorted_by_jq, path=tmp_path / "daemon.log") == {"event": 1}


def test_the_last_line_counts_also_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    path.write_bytes(daemon() + b"\n" + tier())
    assert report(path).lines.intervals == 2


@pytest.mark.parametrize("name", ["daemon.log.2.gz", "no-ending", "odd *name? [1].log"])
def test_a_gzipped_log_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    found = report(write(tmp_path / name, [daemon(), tier(met=7)], zipped=True))
    assert [each.messages for each in found.tiers] == [7]


@pytest.mark.parametrize("zipped", [False, True])
def test_a_pipe_is_read(tmp_path: Path, *, zipped: bool) -> None:
    content = write(tmp_path / "content", [daemon(), tier(met=7)], zipped=zipped).read_bytes()
    reading, writing = os.pipe()
    os.write(writing, content)  # less than a pipe takes
    os.close(writing)
    with open_log([LogFile(Path(f"/dev/fd/{reading}"), "stdin")]) as log:
        assert log.rows("SELECT host, met FROM intervals_tier") == [("stdin", 7)]
    os.close(reading)


def test_several_hosts_are_told_apart(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{host}.log", [daemon(), tier(met=count)]) for host, count in (("vm1", 5), ("vm2", 6))]
    with tables(*paths) as log:
        assert log.rows("SELECT host, met FROM intervals_tier ORDER BY host") == [("vm1", 5), ("vm2", 6)]
    assert report(*paths).tiers[0].messages == 11


def test_a_log_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(LogUnreadable, match=r"none\.log: can't be read: No such file"):
        report(tmp_path / "none.log")


def test_what_a_line_holds_is_never_sql(tmp_path: Path) -> None:
    hostile = "'; DROP TABLE intervals_tier; --"
    found = report(write(tmp_path / f"{hostile}.log", [daemon(), tier(queue=hostile, name=hostile)]))
    assert [each.tier for each in found.tiers] == [hostile]


def test_a_field_of_another_type_is_not_known_and_the_others_are(tmp_path: Path) -> None:
    odd = tier(met=3, overdue="many")
    with tables(write(tmp_path / "daemon.log", [daemon(), odd])) as log:
        assert log.rows("SELECT met, overdue FROM intervals_tier") == [(3, None)]


def journal_of(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "journalctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_the_journal_is_asked_for_its_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = write(tmp_path / "content", [daemon(), tier(met=7)])
    journal_of(tmp_path, f'echo "$@" > {tmp_path}/asked; cat {content}', monkeypatch)
    with open_log([JournalLog("punctuald", "vm1")]) as log:
        assert log.rows("SELECT host, met FROM intervals_tier") == [("vm1", 7)]
    assert (tmp_path / "asked").read_text().split() == ["--unit=punctuald", "--output=cat", "--quiet", "--no-pager"]


def test_a_journal_that_refuses_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal_of(tmp_path, "echo 'No journal files were found.' >&2; exit 1", monkeypatch)
    said = r"--unit punctuald: journalctl: No journal files were found\."
    with pytest.raises(LogUnreadable, match=said), open_log([JournalLog("punctuald", "vm1")]):
        pass
