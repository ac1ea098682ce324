"""What every partitioned log needs on our side: how far a partition is done, and what is to come again."""
