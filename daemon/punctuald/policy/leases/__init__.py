"""Who reads which shard of a stream: what a lease row says, and what to do about it."""
