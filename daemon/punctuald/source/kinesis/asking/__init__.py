"""What is asked of AWS before a stream is drained: nothing is made, written or taken."""
