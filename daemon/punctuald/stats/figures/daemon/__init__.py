"""The daemon as a whole at one moment: what was counted so far, and what its workers say now."""
