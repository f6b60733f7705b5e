"""Least privilege, proved: what each function may do beside what it did."""
