"""Calls to Kinesis: what carries them, what their answers mean, and what their errors ask of a person."""
