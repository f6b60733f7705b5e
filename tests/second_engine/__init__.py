"""`make second-engine`: parts of the template on another imitation of AWS than local AWS.

`engine` runs LocalStack with its own Python and hands calls of functions to `functions`, which runs
the real handlers with tables in moto. `__main__` plays the parts and prints what ran and differed.
LocalStack's open packages need no Docker, and have neither Cognito, WAF nor a Lambda without it.
"""
