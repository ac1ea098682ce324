"""`punctuald doctor`: the settings held against the queues as they are, with what comes of it and what mends it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from punctuald.config import load
from punctuald.policy.advice.finding import Examined, Level, worst
from punctuald.process.exit_status import ExitStatus

from .control.daemon_of import daemon_options, socket_paths

STATUS: Mapping[Level, ExitStatus] = {
    Level.OK: ExitStatus.OK,
    Level.NOTE: ExitStatus.OK,
    Level.WARNING: ExitStatus.FAILED,
    Level.ERROR: ExitStatus.UNHEALTHY,
}


@click.command("doctor")
@daemon_options
@click.option(
    "--log",
    "log_path",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="A log of the daemon, in JSON: how long its handlers take. Without it a running daemon is asked.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def command(config_path: Path, socket_path: Path | None, log_path: Path | None, *, as_json: bool) -> int:
    """Compare the settings with the queues, topics, streams and the machine as they are.

    Each finding says what comes of it and what mends it. No message is received and nothing is changed; handlers are
    imported in a process of their own. The status is 0 where there are notes at most, 1 where the worst is a warning,
    and 3 where it is an error.
    """
    from punctuald.app.doctor.examination import Asked, examine  # noqa: PLC0415 - imports all sources

    settings = load(config_path, os.environ)
    asked = Asked(config_path, socket_paths(config_path, socket_path), log_path, os.environ)
    examined = examine(settings, asked)
    _say(examined, as_json=as_json)
    return STATUS[worst(examined)]


def _say(examined: Sequence[Examined], *, as_json: bool) -> None:
    from punctuald.view.terminal.findings import findings_text  # noqa: PLC0415 - with what is shown

    if as_json:
        click.echo(json.dumps(_document(examined), ensure_ascii=False, indent=2))
        return
    for line in findings_text(examined):
        click.echo(line)


def _document(examined: Sequence[Examined]) -> Mapping[str, object]:
    return {
        "level": worst(examined).word,
        "examined": [
            {
                "subject": each.subject,
                "level": each.level.word,
                "findings": [
                    {
                        "level": finding.level.word,
                        "code": finding.code,
                        "text": finding.text,
                        "consequence": finding.consequence,
                        "mend": finding.mend,
                    }
                    for finding in each.findings
                ],
            }
            for each in examined
        ],
    }
