"""Imitations of AWS and builders of cases, which tools, tests and benchmarks share."""
