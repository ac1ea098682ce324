"""Commands that mend what is found of a queue, a stream or a topic."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

LONGEST_RETENTION_SECONDS = 1_209_600
"""14 days: SQS keeps no message longer."""

USUAL_RETENTION_SECONDS = 604_800
"""A week, for a queue: its dead-letter queue has to keep messages longer than it does."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a queue, a stream or a table is called, and where; "" = AWS's own settings."""

    name: str
    region: str = ""
    endpoint_url: str = ""

    @property
    def options(self) -> str:
        """For `aws` and for `punctuald queue`, which have the same names for both; with a blank before each."""
        region = f" --region {self.region}" if self.region else ""
        return f"{region} --endpoint-url {quote(self.endpoint_url)}" if self.endpoint_url else region


def tune(queue: Address, options: str) -> str:
    """Changes attributes of ``queue``."""
    return f"punctuald queue tune {queue.name}{queue.options} {options}"


def create(queue: Address) -> str:
    """Makes it, with its dead-letter queue; a FIFO queue by its name."""
    return f"punctuald queue create {queue.name}{queue.options}"


def create_dead_letter_queue(queue: Address, name: str) -> str:
    """Makes the dead-letter queue ``name`` beside ``queue``."""
    return (
        f"punctuald queue create {name}{queue.options} --no-dead-letter-queue --retention {LONGEST_RETENTION_SECONDS}"
    )


def dead_letter_name(queue: Address, *, ordered: bool) -> str:
    """What a dead-letter queue of it may be called."""
    return f"{queue.name.removesuffix('.fifo')}-dlq{'.fifo' if ordered else ''}"


def setting(section: str, line: str) -> str:
    """A line of the configuration, with the table that it belongs into."""
    return f"{section} {line}"


def in_table(kind: str, name: str, line: str) -> str:
    """A line for one source's table in the configuration."""
    return f'[[{kind}]] name = "{name}": {line}'
