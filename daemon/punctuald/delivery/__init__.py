"""What is in flight: received, ready, running, being settled. Every such message stands in its consumer's table.

All of it belongs to the worker's event loop. There is no lock in this room: handler threads share with the loop only
the micro-batch that they were given, and their own words on the board.
"""
