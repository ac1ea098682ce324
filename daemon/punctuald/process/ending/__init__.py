"""The end of a child that ends by itself: what Python would do at its exit, in a bounded time, and no more."""
