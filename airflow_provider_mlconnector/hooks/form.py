"""Connection forms for Airflow 3.1, which asks the hook class for them instead of reading provider info.

Airflow 3.1 looks for the two methods in the hook class itself, not in its parents: a hook defines them and delegates:

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        return connection_form_widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        return ui_field_behaviour(cls.conn_type)

From 3.2 on Airflow takes both from provider info and calls neither.
"""

from __future__ import annotations

import json
from typing import Any

from airflow_provider_mlconnector.connection_forms import connection_type


def connection_form_widgets(conn_type: str) -> dict[str, Any]:
    """Build the extra fields of a connection form out of the same data that provider info holds.

    Args:
        conn_type: the connection type, `syspro` for example.

    Returns:
        The form fields by name: WTForms fields, or the stand-ins with which Airflow 3.1's API server replaces them.

    Raises:
        KeyError: this provider declares no such connection type.
        ImportError: WTForms is neither installed nor replaced by Airflow; Airflow then shows the form without widgets.
    """
    return {name: _widget(field) for name, field in connection_type(conn_type)["conn-fields"].items()}


def ui_field_behaviour(conn_type: str) -> dict[str, Any]:
    """Say which standard fields are hidden, and how the others are labelled.

    Args:
        conn_type: the connection type, `syspro` for example.

    Returns:
        The dictionary that Airflow 3.1 expects of `get_ui_field_behaviour`.

    Raises:
        KeyError: this provider declares no such connection type.
    """
    behaviour = connection_type(conn_type)["ui-field-behaviour"]
    return {
        "hidden_fields": list(behaviour["hidden-fields"]),
        "relabeling": dict(behaviour["relabeling"]),
        "placeholders": dict(behaviour["placeholders"]),
    }


def _widget(field: dict[str, Any]) -> Any:
    # Looked up at every call: Airflow 3.1 puts its stand-ins into `wtforms` only while it asks for the form.
    from wtforms import BooleanField, IntegerField, PasswordField, StringField
    from wtforms.validators import Optional, any_of

    schema = field["schema"]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if schema.get("format") == "password":
        widget = PasswordField
    else:
        widget = {"boolean": BooleanField, "integer": IntegerField}.get(kind, StringField)
    checks = [any_of(schema["enum"])] if "enum" in schema else [Optional()]
    default = schema.get("default")
    if kind in {"object", "array"} and default is not None:
        default = json.dumps(default)
    return widget(label=field["label"], validators=checks, description=field["description"], default=default)
