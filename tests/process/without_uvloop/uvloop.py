"""First on a daemon's PYTHONPATH, this is a machine where uvloop can't be had."""

raise ImportError("as if no wheel fitted this machine")
