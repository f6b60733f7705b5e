"""What the programs that judge the product share (`chaos`, `storm`, `simulation`, `bad_day`, ...).

- `figures`: what a run says and writes; `side_by_side`: its parts in processes of their own
"""
