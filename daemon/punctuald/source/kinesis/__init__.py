"""Amazon Kinesis streams as sources of messages, their shards shared with others by KCL's lease table."""
