"""The form of a Sage Intacct connection."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.connection_forms.fields import Field, count, field, secret, switch, text

_SIGN_IN: dict[str, Field] = {
    "sender_id": text("Sender id", "The Web Services sender id that the connector signs its requests with."),
    "sender_password": secret("Sender password", "The sender's password, which is not the user's."),
    "entity": text("Entity", "Location id of the entity to sign in to; blank: the top level."),
    "endpoint_hosts": field(
        "Hosts of endpoints",
        "Domains that the endpoints of sessions may lie in, one per line; plain http only for loopback addresses.",
        {"type": ["array", "null"], "items": {"type": "string"}, "default": ["intacct.com"]},
    ),
    "session_minutes": count(
        "Session (minutes)", "How long a session holds where Intacct's replies do not say.", 50, maximum=1440
    ),
    "verify_tls": switch("Verify TLS", "Check the server's certificate and name.", default=True),
    "ca_bundle": text("CA bundle", "File with the certificates to trust; blank: those of the system."),
    "rotate_by": text(
        "Rotate passwords by",
        "Date (YYYY-MM-DD) by which the passwords must have changed; blank: no reminder.",
        format="date",
    ),
    "rotate_warning_days": count(
        "Warn before rotation (days)", "How many days ahead to warn.", 14, minimum=0, maximum=3650
    ),
}

_READING: dict[str, Field] = {
    "read_function": text(
        "Function to read by",
        "readByQuery where query is refused: from the top level it sees no rows that are private to an entity.",
        "query",
        enum=["query", "readByQuery"],
    ),
    "page_size": count(
        "Page size (rows)",
        "Each page is billed as one transaction; query gives 2000 at most, readByQuery 1000.",
        2000,
        maximum=2000,
    ),
    "show_private": switch(
        "Rows private to entities", "Read them too, where the session is at the top level.", default=True
    ),
    "deletes": text(
        "Deleted records",
        "audit: look for them in AUDITHISTORY, which this user must be allowed to see; snapshot: read the keys of the "
        "whole object at each run, and see which are gone; none: do not look.",
        "none",
        enum=["audit", "snapshot", "none"],
    ),
    "lookback_minutes": count(
        "Lookback (minutes)",
        "How far windows reach back, at least 60, in place of the streams' own; 0: theirs.",
        0,
        minimum=0,
        maximum=525600,
    ),
    "time_zone": text("Time zone", "IANA zone in which Intacct writes WHENMODIFIED.", default="UTC"),
}

_PATIENCE: dict[str, Field] = {
    "monthly_budget": count(
        "Monthly budget (transactions)",
        "A task that would spend more in a calendar month (UTC) stops before it does; 0: no limit.",
        0,
        minimum=0,
        maximum=100000000,
    ),
    "concurrency": count(
        "Requests at once",
        "How many requests of a company may be under way, over all tasks; Intacct takes 2 unless more is booked.",
        2,
        maximum=20,
    ),
    "connect_timeout": count("Connect timeout (seconds)", "How long opening a connection may take.", 10, maximum=86399),
    "read_timeout": count("Read timeout (seconds)", "Silence after which an answer is given up.", 300, maximum=86399),
    "total_timeout": count(
        "Request timeout (seconds)", "How long one request may take in all, however busy the line.", 900, maximum=86399
    ),
    "read_attempts": count("Attempts to read", "How often a read is tried while Intacct can't answer.", 6, maximum=20),
    "max_response_mb": count(
        "Largest answer (MB)", "A longer answer is refused instead of filling memory.", 64, maximum=2000
    ),
    "transient_patterns": field(
        "Transient error patterns",
        "Regular expressions of further errors that may pass: one per line, in JSON a list; blank: built-in ones only.",
        {"type": ["array", "null"], "items": {"type": "string"}, "default": None},
    ),
}

INTACCT: dict[str, Any] = {
    "connection-type": "intacct",
    "hook-class-name": "airflow_provider_mlconnector.hooks.intacct.IntacctHook",
    "hook-name": "Sage Intacct",
    "ui-field-behaviour": {
        "hidden-fields": ["extra", "port"],
        "relabeling": {"host": "Endpoint", "login": "User", "password": "User password", "schema": "Company"},
        "placeholders": {
            "host": "blank: https://api.intacct.com/ia/xml/xmlgw.phtml",
            "login": "xml_gateway",
            "schema": "company, console|client or console|client|entity",
        },
    },
    "conn-fields": {**_SIGN_IN, **_READING, **_PATIENCE},
}
