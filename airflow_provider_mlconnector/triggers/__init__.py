"""Waiting without a worker: small status checks, never data."""
