"""Import exports of the records system as cases; a file in S3 starts it.

`importer` runs a file through the steps: `file_names` (kind and export time), `csv_reader` (bytes
to records), `header` (the agency's columns), `cells` and `rows` (records to models), `merging`
(what a row changes), `renumbering`, `withdrawals` (what a full file no longer has).
"""
