"""What children leave behind when they die, and what their ends say of the messages that they had."""
