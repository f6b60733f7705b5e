"""What a month costs, from calls and bytes counted in a run: `make cost`."""
