"""The id a REST API has on the laptop; shared by the local AWS server and by those who call it."""

import hashlib


def api_id(stack: str, logical_id: str) -> str:
    """Return the id that the REST API of this stack and logical id gets."""
    return hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:8]
