"""What the daemon says of its load to Amazon CloudWatch, where the settings want that: once a minute."""
