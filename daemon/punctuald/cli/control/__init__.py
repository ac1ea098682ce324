"""Commands that ask a running daemon, by its control socket."""
