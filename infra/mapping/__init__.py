"""Proposes the settings for a records system that Aviso has never seen (`aviso feed map`)."""
