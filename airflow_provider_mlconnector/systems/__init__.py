"""How each outside system speaks: one folder each."""
