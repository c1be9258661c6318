"""The form of a Stampli connection."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.connection_forms.fields import Field, count, field, secret, switch, text

_SIGN_IN: dict[str, Field] = {
    "host_key": text(
        "Host keys",
        "The server's key or keys, or their SHA256 fingerprints, separated by commas; without one no sign-in happens.",
    ),
    "private_key": secret("Private key", "PEM text of our key; blank where a password or a key file is used."),
    "key_file": text("Key file", "File with such a text, on every worker."),
    "private_key_passphrase": secret("Passphrase", "Of an encrypted key."),
    "conn_timeout": count("Connect timeout (seconds)", "How long opening a connection may take.", 20, maximum=86400),
    "operation_timeout": count("Answer timeout (seconds)", "How long any answer may take.", 60, maximum=86400),
    "connect_attempts": count("Attempts to connect", "How often a connection is tried in all.", 5, maximum=65535),
    "auth_retries": count(
        "Further sign-ins",
        "After a refused one; keep it below the number at which the account is locked.",
        1,
        minimum=0,
        maximum=65535,
    ),
    "compress": switch("Compress", "SSH's own compression.", default=False),
    "rotate_by": text(
        "Rotate key or password by",
        "Date (YYYY-MM-DD) by which it must have changed; blank: no reminder.",
        format="date",
    ),
    "rotate_warning_days": count(
        "Warn before rotation (days)", "How many days ahead to warn.", 14, minimum=0, maximum=65535
    ),
}

_FILES: dict[str, Field] = {
    "outbound_folder": text(
        "Outbound folder",
        "Where Stampli puts what it exports; {entity} stands for invoices, vendors and so on.",
        "/outbound/{entity}",
    ),
    "inbound_folder": text(
        "Inbound folder", "Where Stampli looks for what is sent to it, likewise.", "/inbound/{entity}"
    ),
    "patterns": field(
        "File names",
        'Regular expressions of whole names: {"invoices": "inv_.*[.]csv"}; blank: the entity, then anything.',
        {"type": ["object", "null"], "default": None},
    ),
    "settle_seconds": count(
        "Settling (seconds)", "A file that has looked the same for so long is whole.", 30, minimum=0, maximum=3600
    ),
    "trigger_endings": field(
        "Trigger endings",
        "Endings, such as .done, of the files that say that another is whole, one per line; blank: by settling.",
        {"type": ["array", "null"], "items": {"type": "string"}, "default": None},
    ),
    "archive": text(
        "Files once read",
        "What becomes of a file at Stampli's once what it held is committed.",
        "none",
        enum=["none", "move", "delete"],
    ),
    "archive_folder": text("Archive folder", "Where move puts it, below the folder that it lies in.", "archive"),
    "max_file_mb": count("Largest file (MB)", "A larger file is refused.", 2000, maximum=100000),
    "time_zone": text("Time zone", "IANA zone of dates and times without an offset.", "UTC"),
}

STAMPLI: dict[str, Any] = {
    "connection-type": "stampli",
    "hook-class-name": "airflow_provider_mlconnector.hooks.stampli.StampliHook",
    "hook-name": "Stampli",
    "ui-field-behaviour": {
        "hidden-fields": ["extra", "schema"],
        "relabeling": {"host": "SFTP server", "login": "User"},
        "placeholders": {"host": "sftp.example.com", "port": "22"},
    },
    "conn-fields": {**_SIGN_IN, **_FILES},
}
