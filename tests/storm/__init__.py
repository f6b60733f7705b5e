"""`make storm`: the product's functions on tables in memory, under every fault that a seed draws.

The tables, functions, faults, cases and the model are those of `tests/rig`.

- `plan`: what decides a run; `run`: one seed in one process; `campaign`: many seeds, side by side
- `days`: the play: files, receipts, STOPs, switches
- `visits`: who looks at the portal; `leaving`: who leaves a contact there
- `agencies`: clerks of other agencies; `supervisor`: who decides what a victim is
- `schedules`: what the clock starts: chase, reconcile, the night in its parts
- `verdict`: the invariants
- `shrink`: fewer cases and faults for a seed that fails, and its story
- `trials`: whether each deliberate mistake of `tests/rig/sabotages.py` is noticed
"""
