"""What the programs that judge the product share (`chaos`, `storm`, `simulation`, `bad_day`, ...).

- `model`: what is played and what it owes; `sabotages`: deliberate mistakes in the product
- `world`: AWS in memory with the functions on it
- `scheduler`: owns the time, and decides which call of which invocation comes next
- `calls`, `faults`: what a call is to the flow; which call fails how
- `tables`, `cloud`: tables whose indexes lag; the other services
- `functions`, `streams`: what Lambda does: timeouts, kills, repetitions, batches, shards
- `verdict`: what became of each duty, held against the model; `agencies`: of requests to others
- `waits`, `growth`: how long a notice may stay as it is, and how large a row may become
- `figures`: what a run says and writes; `side_by_side`: its parts in processes of their own

Where something new goes:

- a sabotage: `sabotages`; `make storm SABOTAGE=all` then tries it
- a rule: `model`, in `oracle` or in a module beside it that MODELS of `tests/storm/verdict.py`
  lists; what it needs in cases is drawn in `model/generator` (TROUBLES), or by dice of its own
- a rate: `tests/simulation/behavior.py` for half a year of people, `faults` for what fails

On December 1, 2026 somebody who had not read the product wrote a second model from docs/rules.md
alone. Both judged 20,000 made-up cases with made-up messages; the text decided each difference.
The second model was then thrown away: two drift apart.
"""
