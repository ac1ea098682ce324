"""What is sent to a stream of Kinesis, and the demo's stream on an embedded server."""
