"""Secrets that Airflow's logs are to hide."""

from __future__ import annotations


def mask(secret: str) -> None:
    """Hide a secret in this process's logs, also without the blanks around it."""
    from airflow.sdk.log import mask_secret

    mask_secret(secret)
    if secret.strip() != secret:
        mask_secret(secret.strip())
