"""The command line: one module per command, each imported only when its command is called.

So `punctuald run`, whose memory every worker shares, does not load what only other commands need.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from punctuald import __version__
from punctuald.errors import ConfigurationError, PunctualdError
from punctuald.process.exit_status import ExitStatus

from .needs import need_linux

if TYPE_CHECKING:
    from punctuald.process.signals import SignalQueue

COMMANDS = {  # described here and not in the modules, because --help should not import them all
    "init": "Write a first configuration and handler, or a systemd unit.",
    "run": "Run the daemon.",
    "check": "Check a configuration file, and say what the daemon would do.",
    "doctor": "Compare the settings with the queues as they are.",
    "wait": "Wait until a daemon is ready.",
    "status": "Show how a running daemon does.",
    "top": "Watch a daemon live, with keys to scale, pause and drain.",
    "workers": "Show each worker of a running daemon, and what it runs.",
    "why": "Explain why it has so many workers.",
    "scale": "Have N workers, or as the autoscaler says.",
    "pause": "Start nothing more of a queue, or of all.",
    "resume": "End a pause.",
    "reload": "Have the configuration read anew.",
    "drain": "Let the daemon finish what it has, and end.",
    "dump": "Show what each worker runs, and its stacks.",
    "schema": "Print the JSON schema of the configuration file, for editors.",
    "produce": "Send sample telemetry events to a queue, a topic or a stream.",
    "queue": "Make, tune, list, look into, redrive and purge SQS queues.",
    "demo": "Show the daemon at work on an embedded SQS, Kafka or Kinesis.",
    "simulate": "Replay a trace of arrivals on virtual time.",
}


_CONTROL = frozenset({"wait", "status", "top", "workers", "why", "scale", "pause", "resume", "reload", "drain", "dump"})
"""In a room of their own: they ask a running daemon."""

LINUX_ONLY = frozenset({"init", "run", "doctor", "demo"}) | _CONTROL
"""Not even imported on another system."""


class LazyGroup(click.Group):
    """Finds the command `name` as `command` in the module of that name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """In the order in which a newcomer needs them, not in alphabetical order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Imports the command's module. Raises `ConfigurationError` where the system has not what that needs."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in LINUX_ONLY:
            need_linux(f"punctuald {cmd_name}")
        room = f"{__name__}.control" if cmd_name in _CONTROL else __name__
        command: click.Command = importlib.import_module(f"{room}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="punctuald", message="%(prog)s %(version)s")
def commands() -> None:
    """Drain SQS queues, Kafka topics and Kinesis streams on time."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end the process with its `ExitStatus`."""
    words = sys.argv[1:] if arguments is None else arguments
    early_signals = _first_of_all(words) if sys.platform == "linux" else None
    sys.exit(status_of(arguments, early_signals))


def _first_of_all(words: Sequence[str]) -> SignalQueue | None:
    """What a daemon needs before it imports all that it needs."""
    # Imported here, for other systems than Linux have neither module.
    from punctuald.process.signals import listen_early  # noqa: PLC0415
    from punctuald.process.standard_streams import repair_standard_streams  # noqa: PLC0415
    from punctuald.process.without_rich import import_structlog_alone  # noqa: PLC0415

    repair_standard_streams()
    if list(words[:1]) != ["run"]:
        return None
    early_signals = listen_early()
    import_structlog_alone()
    return early_signals


def status_of(arguments: Sequence[str] | None = None, early_signals: SignalQueue | None = None) -> int:
    """Run one command. A person's mistake becomes lines to act on; a traceback means a defect of ours.

    ``early_signals``: where those are that came to the daemon before it could act on them.
    """
    try:
        # Not click's standalone mode: it would end the process itself, and knows nothing of our errors.
        result = commands.main(arguments, prog_name="punctuald", standalone_mode=False, obj=early_signals)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return ExitStatus.INTERRUPTED
    except PunctualdError as error:
        click.echo(error, err=True)
        return ExitStatus.MISCONFIGURED if isinstance(error, ConfigurationError) else ExitStatus.FAILED
    except Exception:  # noqa: BLE001  # the outermost frame: whatever comes here is unexpected, and gets its own status
        traceback.print_exc()
        return ExitStatus.CRASHED
    return result if isinstance(result, int) else ExitStatus.OK
