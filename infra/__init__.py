"""What Aviso runs on: nested stacks, an agency's settings, and the tools around the product.

The tools, each importing only what is further down (pyproject.toml has the contract):

- `ops`: what an operator does to a running stack; `cost`: what a month costs; `documents`: checks
  of what this repository says; `replay`: what exports would do; `mapping`: settings proposed for a
  new records system
- `deploy`: from an AWS account to a running portal; `local`: the same on a laptop
- `harness`: imitations of AWS that tools and tests share; `message_checks`: what messages say
- `compiler`: settings, texts and templates turned into Python
- `repository`: where all this is on the machine
"""
