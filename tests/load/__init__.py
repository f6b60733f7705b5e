"""The first load rehearsed on local AWS: `make bench ONLY=backfill`."""
