"""A Kafka that is nowhere but in memory, what is sent to a topic, and the demo's topic. Needs the extra `kafka`."""
