"""What the programs that judge the product share (`chaos`, `storm`, `simulation`, `bad_day`, ...).

- `world`: AWS in memory with the functions on it, on the clock of `tests/storm/scheduler.py`
- `faults`: which call fails how; `verdict`: what became of each duty, held against the model
- `figures`: what a run says and writes; `side_by_side`: its parts in processes of their own
"""
