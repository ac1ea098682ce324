"""What an operator allows of a queue, as one worker keeps to it: a pause, and its part of a concurrency and a rate."""
