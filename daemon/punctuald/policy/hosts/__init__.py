"""What the number of hosts goes by, where somebody scales those."""
