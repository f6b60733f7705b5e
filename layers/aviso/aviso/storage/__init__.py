"""The tables. Only this package imports pynamodb; it takes and returns the frozen models."""
