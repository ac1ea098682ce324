"""How roto is started: one binary, in its wheel, that speaks Kinesis, DynamoDB and SQS."""

from __future__ import annotations

from punctuald.demo.servers import Kind

ROTO = Kind("peers.roto_process", ("{port}",))
