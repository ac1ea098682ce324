"""From the shards that are ours to messages: when each is asked, where its reading stands, and what a record is."""
