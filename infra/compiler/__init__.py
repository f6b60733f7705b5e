"""Settings, texts and templates become Python: what `sam build` puts into the layer."""
