"""The sandbox over the network, by the connection that a flow would have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_mlconnector.errors import CredentialsError, TransientError
from airflow_provider_mlconnector.sandbox import wiring
from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from airflow_provider_mlconnector.systems.sftp.config import PartnerConfig
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from airflow_provider_mlconnector.systems.stampli.config import StampliConfig


def site(connection: dict[str, Any], kind: str) -> PartnerSite:
    config = StampliConfig.from_fields(connection["extra"])
    sign_in = {name: value for name, value in connection["extra"].items() if name not in StampliConfig.model_fields}
    sign_in["connect_attempts"] = 1
    given = {name: connection[name] for name in ("host", "port", "login", "password")}
    return PartnerSite(PartnerConfig.from_fields(**given, extra=sign_in), config.outbound(kind))


def test_a_flow_reads_the_exports_over_sftp(tmp_path: Path) -> None:
    with StampliSandbox(tmp_path / "stampli") as stampli:
        stampli.event("new_invoices")
        (path,) = stampli.outbox.export("invoices")
        with site(wiring.stampli(stampli), "invoices") as box:
            (file,) = box.list()
            assert (file.name, file.size) == (path.name, path.stat().st_size)


def test_another_host_key_is_noticed_and_so_is_a_line_that_is_cut_while_reading(tmp_path: Path) -> None:
    with StampliSandbox(tmp_path / "stampli") as stampli:
        stampli.event("new_invoices", n=500)
        (path,) = stampli.outbox.export("invoices")
        connection = wiring.stampli(stampli)
        stampli.server.misbehave(cut_reading_after=40_000)
        with site(connection, "invoices") as box, pytest.raises(TransientError):
            b"".join(box.read(path.name))
        stampli.server.behave()
        stampli.server.rotate_host_key()
        with pytest.raises(CredentialsError), site(connection, "invoices"):
            pass
