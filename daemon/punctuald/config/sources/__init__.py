"""What messages come from: the settings of one queue or topic, and what all of them have in common."""
