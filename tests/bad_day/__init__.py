"""A bad day on local AWS: many arrests and visitors, while what Aviso depends on fails.

`people` makes up who is arrested and who must be told. `world` starts local AWS behind
`throttle_proxy`. `visitors` runs Locust with `locustfile`: people on the portal and at the desk.
`morning` plays the day. `verdict` says who was told, and what was lost. `alarms` says which alarms
of the template would ring. `page` writes docs/bad-day.md.

The whole day is played in memory: `memory_day` on the rig of `make storm`, with the people of
`crowd`, each with a `browser`. `in_memory` plays it and has its figures.
"""
