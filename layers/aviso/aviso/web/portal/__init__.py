"""The web pages a victim sees: a request in, a page out, one module for each step of the way.

`routes` is the way in. Nothing here is imported for a page that does not need it: the first
page makes no AWS call and loads no AWS library, so that it is there at once on a cold start.
"""
