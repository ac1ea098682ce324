"""The report of a log, for people: what it shows, as a page and as text."""
