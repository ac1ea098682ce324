"""The protobuf messages of the Kinesis Producer Library's packed records, declared here.

https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md

Not those of the package aws-kinesis-agg: they can be imported only after it has put its own folder in front of
`sys.path`, where its modules stand in front of a handler's; and they are declared in the pool of the whole process as
`messages.proto`, a name that a handler's own may have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_FILE = "punctuald/kinesis_packed.proto"
_OPTIONAL, _REQUIRED, _REPEATED = (
    FieldDescriptorProto.LABEL_OPTIONAL,
    FieldDescriptorProto.LABEL_REQUIRED,
    FieldDescriptorProto.LABEL_REPEATED,
)
_TEXT, _BYTES, _INDEX = (
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_UINT64,
)
_MESSAGE = FieldDescriptorProto.TYPE_MESSAGE


def _declare() -> Any:
    declared = FileDescriptorProto(name=_FILE, syntax="proto2")
    _message(declared, "Tag", [("key", _REQUIRED, _TEXT), ("value", _OPTIONAL, _TEXT)])
    record = [
        ("partition_key_index", _REQUIRED, _INDEX),
        ("explicit_hash_key_index", _OPTIONAL, _INDEX),
        ("data", _REQUIRED, _BYTES),
        ("tags", _REPEATED, "Tag"),
    ]
    _message(declared, "Record", record)
    aggregated = [
        ("partition_key_table", _REPEATED, _TEXT),
        ("explicit_hash_key_table", _REPEATED, _TEXT),
        ("records", _REPEATED, "Record"),
    ]
    _message(declared, "AggregatedRecord", aggregated)
    pool = DescriptorPool()  # of our own: in the process' pool two files of one name are an error
    pool.Add(declared)
    return GetMessageClass(pool.FindMessageTypeByName("AggregatedRecord"))


def _message(declared: FileDescriptorProto, name: str, fields: Sequence[tuple[str, Any, Any]]) -> None:
    """Its fields are numbered from 1 in their order; a type that is a text is another message."""
    message = declared.message_type.add(name=name)
    for number, (field, label, kind) in enumerate(fields, 1):
        if isinstance(kind, str):
            message.field.add(name=field, number=number, label=label, type=_MESSAGE, type_name=f".{kind}")
        else:
            message.field.add(name=field, number=number, label=label, type=kind)


AggregatedRecord = _declare()
