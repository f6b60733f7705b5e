"""What Aviso runs on: nested stacks, an agency's settings, the laptop stack."""
