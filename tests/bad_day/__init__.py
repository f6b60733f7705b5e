"""A bad day: many arrests and visitors at once, while what Aviso depends on fails.

It is played in memory: `day` on the rig of `make storm`, with the people of `people` and `crowd`,
each with a `browser`. `verdict` says who was told, and what was lost; `answers`, what the pages
answered; `alarms`, which alarms of the template would ring.
"""
