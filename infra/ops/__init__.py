"""Operators' commands for a running stack."""
