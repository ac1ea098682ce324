"""What stays in flight without being run: what waits until it is due, and what waits behind the head of its group."""
