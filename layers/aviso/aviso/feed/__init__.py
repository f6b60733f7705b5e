"""Import exports of the records system as cases; a file in S3 starts it.

`importer` runs a file through the steps. `file_names` reads kind and export time, `export_file`
finds encoding and header, `csv_reader` and `ndjson_reader` turn bytes into records, `header` knows
the agency's columns. `row_reader` reads batches of rows, `cells` and `rows` turn records into
models, `row_writer` stores them, and `merging` finds what a row changes. `aliases` (new numbers)
and `withdrawals` (what a full file no longer has) follow. Whether files are late is not decided
here: `domain/feed_silence.py` does.
"""
