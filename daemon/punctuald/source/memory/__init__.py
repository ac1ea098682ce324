"""Sources in this process's memory, for tests, simulations and trying handlers out: a queue and a partitioned log.

Both stand behind `punctuald.ports.Source`, the first as SQS does, the second as Kafka and Kinesis would. They live on
one event loop and on one `Clock`; on a loop whose time is a `ManualClock`'s, hours pass in no time.
"""
