"""The child that says how the daemon does: to the log, to a command of the user's, and to whoever asks."""
