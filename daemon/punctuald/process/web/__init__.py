"""Serves the page from the observer's process, in a thread of its own. Stands on the extra `web`."""
