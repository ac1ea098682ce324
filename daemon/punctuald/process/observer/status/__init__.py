"""The daemon's state at one moment, as one JSON document: for `punctuald status`, pages and metrics."""
