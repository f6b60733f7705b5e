"""The restore drill: `make drill`."""
