"""Words that only intervals need: kinds of errors, the slowest runs, the last decision, what was logged."""
