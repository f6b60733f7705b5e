"""`make storm`: the product's functions on tables in memory, under every fault that a seed draws.

- `scheduler`: owns the time, and decides which call of which invocation comes next
- `faults`: which call fails how
- `tables`, `cloud`: AWS in memory: tables whose indexes lag, providers, files
- `functions`, `streams`: what Lambda does: timeouts, kills, repetitions, batches, shards
- `plan`: what decides a run; `days`: the play: files, receipts, STOPs, visits, switches
- `schedules`: what the clock starts: chase, reconcile, the night in its parts
- `verdict`: the invariants; with `tests/chaos/oracle.py` it knows nothing of the product
- `waits`, `growth`: how long a notice may stay as it is, and how large a row may become
- `run`: one seed in one process; `campaign`: many seeds, side by side
- `shrink`: fewer cases and faults for a seed that fails, and its story
- `mistakes`: made in the product on purpose; `sabotages` tries each
- `found.json`: seeds that once failed
"""
