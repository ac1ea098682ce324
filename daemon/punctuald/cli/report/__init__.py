"""`punctuald report`: from a log, whether messages were on time, and why not."""

from .report import command

__all__ = ["command"]
