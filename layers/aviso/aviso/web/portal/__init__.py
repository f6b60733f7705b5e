"""The web pages a victim sees, one module for each step.

`app` is the entry point. It imports a step's module only when a request needs it: the first page
makes no AWS call and loads no AWS library, so that it is fast on a cold start.
"""
