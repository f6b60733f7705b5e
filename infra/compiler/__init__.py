"""Compiles settings, texts and templates to Python, which `sam build` puts into the layer."""
