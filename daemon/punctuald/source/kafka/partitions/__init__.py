"""What is here of the partitions that are ours, and how far each is done."""
