"""Apache Kafka as a source of messages, through librdkafka. Needs the extra `kafka`."""
