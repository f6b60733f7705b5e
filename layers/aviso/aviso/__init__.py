"""Aviso's domain package: the rules of notice, access and truth, named after the flow."""
