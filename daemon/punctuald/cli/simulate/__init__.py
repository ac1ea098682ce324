"""`punctuald simulate`: its options, its world, and what it runs."""

from .simulate import command

__all__ = ["command"]
