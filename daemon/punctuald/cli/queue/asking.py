"""Asking a person before something is changed."""

from __future__ import annotations

import click


def agreed(question: str, *, yes: bool) -> bool:
    """Whether it may be done; ``yes`` = it was said on the command line. Raises `click.Abort` where nobody answers."""
    if yes:
        return True
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        click.echo("\nnothing was changed; --yes does it without asking", err=True)
        raise
