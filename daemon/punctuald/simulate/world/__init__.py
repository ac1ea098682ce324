"""What is simulated: as a configuration says, and as a log measured it."""
