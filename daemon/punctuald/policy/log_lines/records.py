"""Which records of the standard library's `logging` have a line in our log, and of which level."""

from __future__ import annotations

_LEVELS = ((50, "critical"), (40, "error"), (30, "warning"), (20, "info"))  # logging's numbers
_WARNING = 30
_CHATTER = frozenset({"asyncio", "boto3", "botocore", "s3transfer", "urllib3"})
"""Libraries that the daemon itself works with: what they do all day long is no news of the handler's."""


def level_of(number: int) -> str:
    """The name of our level for one of logging's numbers; levels between two are the lower one."""
    return next((name for least, name in _LEVELS if number >= least), "debug")


def is_chatter(logger_name: str, number: int) -> bool:
    """Whether a record with this level's number is none that a reader of the log wants."""
    return number < _WARNING and logger_name.partition(".")[0] in _CHATTER
