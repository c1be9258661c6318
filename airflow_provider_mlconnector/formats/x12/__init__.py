"""X12 004010: envelopes, sets, and the acknowledgments that come back."""
