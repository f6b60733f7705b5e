"""Import exports of the records system as cases; a file in S3 starts it.

`importer` runs a file through the steps. `file_names` reads kind and export time, `csv_reader`
turns bytes into records, `header` knows the agency's columns. `cells` and `rows` turn records into
models, and `merging` finds what a row changes. `renumbering` and `withdrawals` (what a full file no
longer has) follow.
"""
