"""The one place that reads `os.environ`: names of what the template made for this function.

Read on use, not at import, so that a module can be imported by a function that lacks a name.
"""

import os


def name(variable: str, default: str | None = None) -> str:
    """Return an environment variable's value.

    Raises:
        KeyError: when it is not set and no default is given: the template is at fault.
    """
    return os.environ[variable] if default is None else os.environ.get(variable, default)


class Variable:
    """A class attribute that is an environment variable, read whenever it is asked for."""

    def __init__(self, variable: str, default: str) -> None:
        self.variable, self.default = variable, default

    def __get__(self, instance: object, owner: type) -> str:
        """Return the value of now."""
        return name(self.variable, self.default)
