"""`punctuald queue`: what an operator does to SQS queues."""

from .group import command

__all__ = ["command"]
