"""The lease table: which shards are ours, and until when."""
