"""How fast opentill is, as ratios to what else runs on the same machine in the same minutes. `make bench`."""
