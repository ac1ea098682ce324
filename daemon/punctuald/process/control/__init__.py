"""The control socket, by which scripts ask a daemon how it does: where it is, who listens, who asks."""
