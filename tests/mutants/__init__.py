"""Whether the tests notice when the product is wrong: 300 faults, put in one at a time.

`points` chooses what to change, by a fixed seed; `covering` chooses the tests that run the changed
line; `__main__` plays each in a copy of the tree and writes tests/mutants/table.csv.

The table is of 27bd9358 and holds 17 of 300 faults, on a busy machine: 16 are noticed, one of them
since then, by a new test. The other one moves a step without a date on the status page. 283 were
not judged, none of `web`, `staff` and the template among those that were.
"""
