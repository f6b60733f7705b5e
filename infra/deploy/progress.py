"""What `make deploy` and the operator's commands print while they work."""


def say(text: str = "") -> None:
    """Print one line at once."""
    print(text, flush=True)
