"""What is said before anything is drained: what will not work, and what most likely is not meant."""
