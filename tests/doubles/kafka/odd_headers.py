"""Produces what confluent-kafka itself would not: a header whose name is no text, as producers in C or Java can."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import ClassVar

import confluent_kafka

PRODUCER = 0  # rd_kafka_type_t
TOPIC, VALUE, HEADER = 1, 4, 9  # rd_kafka_vtype_t
TEXT_BYTES, FLUSH_MS = 512, 10_000


class _Memory(ctypes.Structure):
    _fields_: ClassVar = [("pointer", ctypes.c_char_p), ("size", ctypes.c_size_t)]


class _Header(ctypes.Structure):
    _fields_: ClassVar = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p), ("size", ctypes.c_ssize_t)]


class _Value(ctypes.Union):
    _fields_: ClassVar = [
        ("text", ctypes.c_char_p),
        ("memory", _Memory),
        ("header", _Header),
        ("padding", ctypes.c_char * 64),
    ]


class _Argument(ctypes.Structure):
    _fields_: ClassVar = [("kind", ctypes.c_int), ("value", _Value)]


def produce_with_header(bootstrap: str, topic: str, value: bytes, name: bytes) -> None:
    """One record with one header of that name; returns when it is acknowledged."""
    library, error = _librdkafka(), ctypes.create_string_buffer(TEXT_BYTES)
    settings = library.rd_kafka_conf_new()
    for key, given in ((b"bootstrap.servers", bootstrap.encode()), (b"log_level", b"0")):
        library.rd_kafka_conf_set(settings, key, given, error, TEXT_BYTES)
    producer = library.rd_kafka_new(PRODUCER, settings, error, TEXT_BYTES)
    arguments = (_Argument * 3)(
        _Argument(TOPIC, _Value(text=topic.encode())),
        _Argument(VALUE, _Value(memory=_Memory(value, len(value)))),
        _Argument(HEADER, _Value(header=_Header(name, b"1", 1))),
    )
    refused = library.rd_kafka_produceva(producer, ctypes.byref(arguments), 3)
    left = library.rd_kafka_flush(producer, FLUSH_MS)
    library.rd_kafka_destroy(producer)
    assert (refused, left) == (None, 0)


def _librdkafka() -> ctypes.CDLL:
    """A handle of our own on the one in confluent-kafka's wheel."""
    [path] = Path(confluent_kafka.__file__).parents[1].glob("confluent_kafka.libs/librdkafka-*.so*")
    library, pointer, text, size = ctypes.CDLL(str(path)), ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    library.rd_kafka_conf_new.restype = library.rd_kafka_new.restype = library.rd_kafka_produceva.restype = pointer
    library.rd_kafka_conf_set.argtypes = (pointer, text, text, text, size)
    library.rd_kafka_new.argtypes = (ctypes.c_int, pointer, text, size)
    library.rd_kafka_produceva.argtypes = (pointer, pointer, size)
    library.rd_kafka_flush.argtypes = (pointer, ctypes.c_int)
    library.rd_kafka_destroy.argtypes = (pointer,)
    return library
