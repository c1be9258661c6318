"""The form of a SYSPRO connection."""

from __future__ import annotations

from typing import Any

from airflow_provider_mlconnector.connection_forms.fields import Field, count, field, secret, switch, text

_SERVER: dict[str, Field] = {
    "rest_path": text(
        "REST path", "Path of the e.net REST service below the server.", default="/SYSPROWCFService/Rest"
    ),
    "company_password": secret("Company password", "Blank where the company has none."),
    "http_method": text(
        "HTTP method of e.net calls",
        "GET is what SYSPRO documents; POST only where a gateway takes it.",
        "GET",
        enum=["GET", "POST"],
    ),
    "max_url_bytes": count(
        "Longest URL (bytes)",
        "Longer e.net calls are split by item; Windows refuses a request line over 16384.",
        14000,
        minimum=1024,
        maximum=1000000,
    ),
    "connect_timeout": count("Connect timeout (seconds)", "How long opening a connection may take.", 10, maximum=86399),
    "read_timeout": count("Read timeout (seconds)", "Silence after which an answer is given up.", 120, maximum=86399),
    "total_timeout": count(
        "Request timeout (seconds)", "How long one request may take in all, however busy the line.", 600, maximum=86399
    ),
    "read_attempts": count(
        "Attempts to read", "How often a read is tried while the server can't answer.", 5, maximum=20
    ),
    "max_response_mb": count(
        "Largest answer (MB)", "A longer answer is refused instead of filling memory.", 256, maximum=2000
    ),
    "verify_tls": switch("Verify TLS", "Check the server's certificate and name.", default=True),
    "ca_bundle": text("CA bundle", "File with the certificates to trust; blank: those of the system."),
}

_ODATA: dict[str, Field] = {
    "odata_url_template": text(
        "OData URL template",
        "Where a table lies; {base}, {company} and {table} are filled in.",
        default="{base}/SYSPRO8Odata/SYSPROOData/{company}/{table}",
    ),
    "odata_base_url": text("OData base URL", "The {base} of the template; blank: the server above."),
    "odata_auth": text(
        "OData sign-in",
        "basic: OData user and password; session: the e.net session token.",
        "basic",
        enum=["basic", "session"],
    ),
    "odata_login": text("OData user", "Blank: the operator."),
    "odata_password": secret("OData password", "Blank: the operator's password."),
    "page_size": count("Page size (rows)", "Rows asked for at a time; SYSPRO gives 5000 at most.", 5000, maximum=5000),
}

_SESSION: dict[str, Field] = {
    "send_optional_logon_params": switch(
        "Send optional logon parameters", "Send language, log level and Encore instance at logon.", default=False
    ),
    "language_code": text("Language code", "Language of SYSPRO's messages, sent at logon when switched on.", "5"),
    "log_level": text("Log level", "e.net log level, sent at logon when switched on.", "0"),
    "encore_instance": text("Encore instance", "Sent at logon when switched on.", "0"),
    "strip_guid_padding": switch(
        "Strip the session token's padding", "For servers that refuse the two trailing spaces.", default=False
    ),
    "session_minutes": count(
        "Session lease (minutes)",
        "After this long without use, another run may take the session over.",
        30,
        maximum=1440,
    ),
    "session_error_patterns": field(
        "Session error patterns",
        "Regular expressions of answers that mean the session is gone: one per line, in JSON a list; blank: built-in.",
        {"type": ["array", "null"], "items": {"type": "string"}, "default": None},
    ),
    "rotate_by": text(
        "Rotate passwords by",
        "Date (YYYY-MM-DD) by which the passwords must have changed; blank: no reminder.",
        format="date",
    ),
    "rotate_warning_days": count(
        "Warn before rotation (days)", "How many days ahead to warn.", 14, minimum=0, maximum=3650
    ),
}

_DATA: dict[str, Field] = {
    "time_zone": text("Time zone", "IANA zone in which the server writes its dates and times.", default="UTC"),
    "date_suffix_is_local": switch(
        "OData dates are local", "Read a trailing Z or +00:00 on a date as the server's local time.", default=True
    ),
    "key_rules": field(
        "Key padding rules",
        'Padding by column: {"Supplier": {"width": 7, "char": "0", "numeric_only": true}}; blank: as they come.',
        {"type": ["object", "null"], "default": None},
    ),
    "gl_company": text("GL company", "Company of the general ledger; blank: the company above."),
}

SYSPRO: dict[str, Any] = {
    "connection-type": "syspro",
    "hook-class-name": "airflow_provider_mlconnector.hooks.syspro.SysproHook",
    "hook-name": "SYSPRO",
    "ui-field-behaviour": {
        "hidden-fields": ["extra"],
        "relabeling": {
            "host": "Server or base URL",
            "login": "Operator",
            "password": "Operator password",
            "schema": "Company",
        },
        "placeholders": {
            "host": "https://syspro.example.com:30001",
            "port": "blank where the URL says it",
            "login": "MLCONN",
            "schema": "EDU1",
        },
    },
    "conn-fields": {**_SERVER, **_ODATA, **_SESSION, **_DATA},
}
