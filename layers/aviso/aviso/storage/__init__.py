"""The tables. Only this package knows pynamodb; it takes and returns the frozen models."""
