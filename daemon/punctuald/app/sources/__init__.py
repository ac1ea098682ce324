"""What messages come from, built from the configuration: for workers, for the autoscaler, and for `check`."""
