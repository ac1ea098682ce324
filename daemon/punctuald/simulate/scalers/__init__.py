"""What decides how many workers there are: our own law, a fixed number, a plan."""
