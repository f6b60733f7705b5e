"""Whether the tests notice when the product is wrong: 300 faults, put in one at a time.

`points` chooses what to change, by a fixed seed; `covering` chooses the tests that run the changed
line; `__main__` plays each in a copy of the tree and writes tests/mutants/table.csv.
"""
