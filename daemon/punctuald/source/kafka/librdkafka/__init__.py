"""The library that talks to the brokers, as the rest of this package sees it: what blocks, and what it calls."""
