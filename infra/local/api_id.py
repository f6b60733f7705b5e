"""The id of a REST API on the laptop, for the local AWS server and its callers."""

import hashlib


def api_id(stack: str, logical_id: str) -> str:
    """Return the id that the REST API of this stack and logical id gets."""
    return hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:8]
