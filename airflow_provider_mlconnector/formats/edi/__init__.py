"""What X12 and EDIFACT share: a set is declared, and rendering and checking both follow the declaration."""
