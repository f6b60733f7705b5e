"""Letters: the last rung of the ladder, printed once a day and posted by a person.

`runs` makes one PDF of what is queued and counts each letter once; `checks` looks at each again as
the case and the guards now stand; `postal` judges addresses, `window` is the geometry of paper and
envelope, `paper` draws (`paper.render`), `bucket` keeps PDF and manifest.
"""
