"""Tables that the boards of one daemon share."""
