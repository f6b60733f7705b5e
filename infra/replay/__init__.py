"""What exports would do, in memory: with the product's own rules, nothing sent, and no AWS.

`aviso feed replay` compares two settings over a folder of exports. `aviso feed check` says what one
file would do before it is dropped. `load_exports` reads files into cases and `dry_run` plans and
routes them; `report` compares two such runs, `file_check` looks at one file, `codes` finds codes
that the settings do not know, and `check_report` words what was found.
"""
