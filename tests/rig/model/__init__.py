"""What is played, and what it owes to whom: one scenario and one model for every rig.

Nothing here imports the product, neither itself nor through what it imports (a test reads that).

- `scenario`: cases and people as a records system has them; `generator` makes those of a seed
- `exports`: the records system's files
- `oracle`: what a scenario owes; `incapacity`: of marks and waivers
- `moved`, `renumbered`: of other phones and other numbers in later files
- `contacts`: of contacts that visitors leave; `speakers`: of people whom victims name
- `hand_offs`, `hand_off_pages`: of requests that other agencies get and read
- `observed`: what happened in a run, and what is expected of one duty
"""
