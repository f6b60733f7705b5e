"""Turns templates and facts into words: pages, messages, dates, links."""
