"""How messages come in: how many are asked for, and what becomes of each that came."""
