"""Policies and the state machine, judged by others' engines before AWS does."""
