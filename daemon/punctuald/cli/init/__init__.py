"""`punctuald init`: a first configuration and handler, or a systemd unit, for this installation."""

from .init import command

__all__ = ["command"]
