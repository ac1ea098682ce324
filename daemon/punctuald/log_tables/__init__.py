"""The daemon's log as tables: read by DuckDB, which the extra `report` installs, and never line by line in Python."""
