"""Damage on the broker's disk."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

HEAD = struct.Struct(">qi")  # first offset, bytes that follow (Kafka's record batch, version 2)
OVERHEAD = 61
"""What stands before the records in one of that version."""


def batches(log: bytes) -> Iterator[tuple[int, int, int]]:
    """First offset of each batch, and where it begins and ends."""
    at = 0
    while at < len(log):
        first, length = HEAD.unpack_from(log, at)
        yield first, at, at + HEAD.size + length
        at += HEAD.size + length


def damage_batch(path: Path, first_offset: int) -> None:
    """One byte of its records, or of the head of what they are compressed into, is another one."""
    log = path.read_bytes()
    [begin] = [begin for first, begin, _ in batches(log) if first == first_offset]
    with path.open("r+b") as file:
        file.seek(begin + OVERHEAD)
        file.write(bytes([log[begin + OVERHEAD] ^ 0xFF]))
