"""What could start now, most urgent first, and what has to wait for its turn within a group."""
