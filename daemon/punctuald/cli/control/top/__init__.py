"""`punctuald top`: see `punctuald.cli.control.top.top`."""

from .top import command

__all__ = ["command"]
