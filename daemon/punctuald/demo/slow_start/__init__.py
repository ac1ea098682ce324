"""A demo whose handlers begin late, and what its daemon says of the tier that is violated by that."""
