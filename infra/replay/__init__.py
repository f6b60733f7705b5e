"""`make replay`: who would be told what under changed settings, over exports already at hand.

`exports` reads the files into cases, in memory; `rehearsal` plans and routes them as the product
would, with its own rules and nothing sent; `report` compares two such rehearsals.
"""
