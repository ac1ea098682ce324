"""How messages leave: deleted, given back or dead-lettered, and what is recorded of each."""
