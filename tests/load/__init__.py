"""The first load rehearsed on local AWS: `make backfill`."""
