"""What handlers print and log, whichever way it leaves them, and whatever becomes of the log."""
