"""Pure decisions about how much of a queue may be done at once, and in a second, by all workers together."""
