"""What the rows add up to: histograms, totals of the pool, snapshots."""
