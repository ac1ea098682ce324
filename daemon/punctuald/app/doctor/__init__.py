"""`punctuald doctor`: all that is asked of queues, topics, streams, handlers, the machine and a running daemon."""
