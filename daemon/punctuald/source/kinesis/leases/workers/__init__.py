"""Who shares the leases: what our workers are called, and what workers of KCL 3 say of themselves."""
