"""Which messages have a line in the log."""
