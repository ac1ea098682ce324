"""`punctuald queue`, a group of commands."""

from __future__ import annotations

import click

from .create import create_command
from .ls import ls_command
from .peek import peek_command
from .purge import purge_command
from .redrive import redrive_command
from .tune import tune_command


@click.group("queue")
def command() -> None:
    """Make, tune, list, look into, redrive and purge SQS queues.

    A queue is named, or given by its URL. Where it is: --region and --endpoint-url, or -c with a configuration that
    has it; without these, AWS's own settings (environment, profile). The status is 1 where SQS refuses or does not
    answer, with one line that says what to do.
    """


for each in (create_command, tune_command, ls_command, peek_command, redrive_command, purge_command):
    command.add_command(each)
