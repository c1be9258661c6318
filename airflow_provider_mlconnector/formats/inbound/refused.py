"""A file that is set aside whole."""

from __future__ import annotations

from airflow_provider_mlconnector.errors import ConfigurationError


class FileRefusedError(ConfigurationError):
    """A file, or a pair of header and line files, that can't be read as its template says; nothing of it is used."""
