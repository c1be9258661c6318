"""EDIFACT D.96A: envelopes, messages, and CONTRL coming back."""
