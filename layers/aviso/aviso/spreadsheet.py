"""Cells of the CSV files that people open in a spreadsheet: none of them runs as a formula.

Used wherever the feed's or a visitor's words stand in a file: letters, new contacts, figures.
"""

# A spreadsheet runs a cell that begins like this (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(value: str) -> str:
    """Return a cell's text as a spreadsheet shows it and never runs it; a phone stays as it is."""
    phone = value.startswith("+") and value[1:].isdecimal()
    return f"'{value}" if value.startswith(FORMULA) and not phone else value
