"""Mappings and cross-references: declared in YAML, checked before rows flow, applied to Arrow columns."""
