"""What each worker says of its queues' downstreams.

These words are no gauges: when a worker dies, what it said of an outage stays until another one says that it is over.
"""
