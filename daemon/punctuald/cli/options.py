"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

config_option = click.option(
    "-c",
    "--config",
    "config_path",
    # click's own look at the file would end with a usage error (2), which a service manager restarts on, and say less
    type=click.Path(path_type=Path, readable=False),
    default=Path("config.toml"),
    show_default=True,
    help="The configuration file (TOML).",
)


class WrongOptionsError(click.ClickException):
    """Options that don't go together: one line, and the status of wrong usage."""

    exit_code = 2


socket_option = click.option(
    "--socket",
    "socket_path",
    type=click.Path(path_type=Path, readable=False),
    metavar="PATH",
    help="The control socket; without it, one in the runtime directory, named after the configuration file.",
)
