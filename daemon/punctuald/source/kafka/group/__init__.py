"""A worker as a member of its consumer group: takes records, commits what is done, gains and loses partitions."""
