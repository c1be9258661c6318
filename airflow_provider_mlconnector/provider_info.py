"""What Airflow reads of this provider: connection types, hooks, operators, configuration and command line.

Imports nothing of Airflow: Airflow loads this module while it is itself half loaded.
"""

from __future__ import annotations

import copy
from typing import Any

from airflow_provider_mlconnector.configuration_options import OPTIONS, SECTION
from airflow_provider_mlconnector.connection_forms import CONNECTION_TYPES

_SYSPRO = "SYSPRO"
_INTACCT = "Sage Intacct"
_STAMPLI = "Stampli"
_FILES = "SFTP / flat files"
_PACKAGE = "airflow_provider_mlconnector"


def get_provider_info() -> dict[str, Any]:
    """Describe this provider.

    Returns:
        The dictionary that Airflow's providers manager checks against its `provider_info.schema.json`; the caller may
        change it.
    """
    return {
        "package-name": "airflow-provider-mlconnector",
        "name": "mlconnector",
        "description": "Moves records of SYSPRO, Sage Intacct and Stampli to where they belong, exactly once.",
        "versions": ["0.1.0"],
        "integrations": [
            {"integration-name": _SYSPRO, "external-doc-url": "https://help.syspro.com/", "tags": ["service"]},
            {
                "integration-name": _INTACCT,
                "external-doc-url": "https://developer.intacct.com/web-services/",
                "tags": ["service"],
            },
            {"integration-name": _STAMPLI, "external-doc-url": "https://www.stampli.com/", "tags": ["service"]},
            {
                "integration-name": _FILES,
                "external-doc-url": "https://datatracker.ietf.org/doc/html/rfc4251",
                "tags": ["protocol"],
            },
        ],
        "hooks": [
            _modules(_SYSPRO, "hooks.syspro"),
            _modules(_INTACCT, "hooks.intacct"),
            _modules(_STAMPLI, "hooks.stampli"),
            _modules(_FILES, "hooks.partner_sftp"),
        ],
        "operators": [
            _modules(
                _SYSPRO, "operators.session", "operators.poll", "operators.poll_segments", "operators.dedup_and_post"
            ),
            _modules(_STAMPLI, "operators.poll_files", "operators.poll_compared", "operators.reconcile"),
            _modules(
                _FILES,
                "operators.map",
                "operators.format",
                "operators.deliver",
                "operators.commit",
                "operators.acknowledge",
            ),
        ],
        "sensors": [_modules(_STAMPLI, "sensors.stampli_files")],
        "triggers": [_modules(_STAMPLI, "triggers.stampli_files")],
        "connection-types": [copy.deepcopy(form) for form in CONNECTION_TYPES],
        "extra-links": [f"{_PACKAGE}.links.delivered_file.DeliveredFileLink"],
        "config": {
            SECTION: {
                "description": "Settings of the mlconnector provider: its ledger, its staging and its patience.",
                "options": copy.deepcopy(OPTIONS),
            }
        },
        "cli": [f"{_PACKAGE}.cli.commands.get_cli_commands"],
    }


def _modules(integration: str, *modules: str) -> dict[str, Any]:
    return {"integration-name": integration, "python-modules": [f"{_PACKAGE}.{module}" for module in modules]}
