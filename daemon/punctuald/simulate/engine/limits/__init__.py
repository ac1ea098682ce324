"""What keeps a message from starting though a slot is free."""
