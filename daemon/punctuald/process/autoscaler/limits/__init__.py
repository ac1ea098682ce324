"""Queues with limits, and queues that are paused, as the autoscaler sees them."""
