"""Commands that mend what is found of a queue, a stream or a topic."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote

LONGEST_RETENTION_SECONDS = 1_209_600
"""14 days: SQS keeps no message longer."""


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
    """Makes it."""
    kind = " --attributes FifoQueue=true" if queue.name.endswith(".fifo") else ""
    return f"aws sqs create-queue --queue-name {queue.name}{queue.options}{kind}"


def create_dead_letter_queue(queue: Address, name: str, *, ordered: bool) -> str:
    """Makes the dead-letter queue ``name`` beside ``queue``; SQS wants it to be ordered where that is."""
    kind = "FifoQueue=true," if ordered else ""
    attributes = f"{kind}MessageRetentionPeriod={LONGEST_RETENTION_SECONDS}"
    return f"aws sqs create-queue --queue-name {name}{queue.options} --attributes {attributes}"


def dead_letter_name(queue: Address, *, ordered: bool) -> str:
    """What a dead-letter queue of it may be called."""
    return f"{queue.name.removesuffix('.fifo')}-dlq{'.fifo' if ordered else ''}"


def setting(section: str, line: str) -> str:
    """A line of the configuration, with the table that it belongs into."""
    return f"{section} {line}"


def in_table(kind: str, name: str, line: str) -> str:
    """A line for one source's table in the configuration."""
    return f'[[{kind}]] name = "{name}": {line}'
