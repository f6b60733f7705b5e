"""The pull agent: reads a records system's database and puts changed rows into Aviso's feed.

It runs on a city's server and imports nothing of the rest of the repository. README.md beside this
package describes it. The flow of one run of one query:

    settings      the YAML file, checked
    query_check   refuses a statement that is not one SELECT
    reader        short read-only transactions, one page of rows each
    dialects      what differs between the four databases
    file_writer   rows as the bytes of one CSV or NDJSON file
    upload        one S3 put; the name is made of the content
    place         how far the feed has got, in a SQLite file
    pull          the order of these steps
    failures      each error as a sentence without values
"""
