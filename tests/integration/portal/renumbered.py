"""A case with a former number."""

from msgspec.structs import replace


def numbered(case, number):
    """Return a case that was first seen under another number."""
    return replace(case, number=number, report=replace(case.report, number=number, origin=number))
