"""`punctuald schema`: what an editor needs to help with config.toml."""

from __future__ import annotations

import json

import click

from punctuald.config import json_schema


@click.command("schema")
def command() -> None:
    """Print the JSON schema (draft 2020-12) of the configuration file."""
    click.echo(json.dumps(json_schema(), indent=2))
