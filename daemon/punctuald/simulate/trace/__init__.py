"""Traces of arrivals: from files, from logs, made up; and what holds along them (service times, tiers)."""
