"""What a worker has slots for, and what it does with all of them."""
