"""What an operator does to SQS queues: make, tune, list, look into, redrive and purge them."""
