"""Exports of the records system become cases: first in the flow, started by a file in S3.

`importing` runs a file through the steps: `files` (which kind, exported when), `reading` (bytes
to records), `header` (the agency's columns), `values` and `rows` (records to models), `merging`
(what a row changes), `renumbering`, `absence` (what a full file no longer holds).
"""
