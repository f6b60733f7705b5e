"""How well `make map` reads records systems that it has not seen: `make layouts`."""
