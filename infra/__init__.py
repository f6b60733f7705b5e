"""What Aviso stands on: nested stacks, an agency's settings, the laptop stack."""
