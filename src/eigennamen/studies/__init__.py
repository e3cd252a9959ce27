"""Studies: grids of runs, each of which answers one question."""
