"""Imitations of AWS and builders of cases, for tools, tests and benchmarks."""
