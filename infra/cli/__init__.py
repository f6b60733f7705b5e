"""The command line, `./aviso`: what an operator types about a running portal or its files.

A command's words, options, help and example are here. What it does is in the folder that it
imports when it is called, so that help and completion are quick.
"""
