"""A child that has imported the handlers once, and forks the workers: they share what it loaded."""
