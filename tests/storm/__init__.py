"""`make storm`: the product's functions on tables in memory, under every fault that a seed draws.

The tables, functions and faults are those of `tests/rig`.

- `plan`: what decides a run; `run`: one seed in one process; `campaign`: many seeds, side by side
- `days`: the play: files, receipts, STOPs, switches; `visits`: people on the portal
- `schedules`: what the clock starts: chase, reconcile, the night in its parts
- `verdict`: the invariants; with `tests/chaos/oracle.py` it knows nothing of the product
- `ends`: the ends of a run, for the test that compares them with those on local AWS
- `shrink`: fewer cases and faults for a seed that fails, and its story
- `mistakes`: deliberate mistakes in the product; `sabotages` tries whether each is noticed
- `found.json`: seeds that once failed; `runs.csv`: what the storms of November 2026 came to
"""
