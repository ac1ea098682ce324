"""The child that decides how many workers there should be."""
