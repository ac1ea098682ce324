"""How much to ask a source for, and when again."""
