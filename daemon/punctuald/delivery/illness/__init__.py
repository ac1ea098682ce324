"""What becomes of messages whose worker has run out of something."""
