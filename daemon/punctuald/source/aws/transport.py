"""Which transport carries the calls for a queue or a stream, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from punctuald.errors import ConfigurationError


class Transport(StrEnum):
    """``boto3`` does all that AWS knows, ``fast`` the calls that are made all day at a tenth of the CPU."""

    BOTO3 = "boto3"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Choice:
    """The transport, and what led to it."""

    transport: Transport
    reason: str


def choose(wanted: str, obstacle: str | None) -> Choice:
    """``wanted`` is "auto" or a `Transport`; ``obstacle`` is what the fast one can't do here.

    Raises `ConfigurationError` where just that is wanted.
    """
    if wanted == Transport.BOTO3:
        return Choice(Transport.BOTO3, "configured")
    if obstacle is None:
        return Choice(Transport.FAST, "configured" if wanted == Transport.FAST else "nothing here needs boto3")
    if wanted == Transport.FAST:
        raise ConfigurationError(f'transport = "fast" can\'t be used: {obstacle}')
    return Choice(Transport.BOTO3, obstacle)
