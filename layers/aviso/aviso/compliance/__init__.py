"""Retention, erasure and the audit trail's locked copy."""
