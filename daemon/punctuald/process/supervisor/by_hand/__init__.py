"""What a person asks of the daemon by its control socket: what is done about it, and what is said."""
