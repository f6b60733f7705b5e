"""Retention, erasure and the audit trail's locked copy.

`retention.erase` erases a victim's data. It asks `reporting/erased_rows.py` to delete the rows that
a counter counts, which keeps the counters true.
"""
