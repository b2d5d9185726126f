"""The rules of selection, without database, clock or randomness."""
