"""Questions to a cluster by whoever is no worker: one that asks and goes."""
