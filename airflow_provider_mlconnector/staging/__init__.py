"""Batches at rest: Parquet parts and files in private folders, on a local disk or an object store."""
