"""What the supervisor says of single queues: pauses, and parts of their limits."""
