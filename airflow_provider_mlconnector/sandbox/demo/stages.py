"""What a flow needs around it: the servers of both sides, and how an Airflow is connected with them."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from airflow_provider_mlconnector.sandbox import wiring
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.trading_partner import TradingPartner

INBOUND = "inbound"
"""The partner's folder, as the SYSPRO flow names it."""
PARTNER_USERS = {"partner": "partner-secret"}
"""Who signs in at a partner's server. Airflow masks the password in every log, so it is no word that they need."""
# So that the demo need not wait a day for an acknowledgment that never comes.
_PATIENCE = ("within: PT24H", "within: PT1S")


class Stage(ABC):
    """The servers of one flow, entered as a context.

    Args:
        into: the folder of everything that is left to look at.
    """

    def __init__(self, into: Path) -> None:
        self.into = into
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start the servers."""
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop them."""
        self._running.close()

    @abstractmethod
    def start(self) -> None:
        """Start the servers."""

    @abstractmethod
    def connections(self) -> Mapping[str, Mapping[str, Any]]:
        """Airflow's connections, by id."""

    @abstractmethod
    def shown(self) -> Sequence[str]:
        """Where the servers are, for people."""

    def dags(self, folder: Path) -> Path:
        """The DAG folder that Airflow is given."""
        return folder

    def partner(self, name: str, *folders: str) -> SftpSandbox:
        """A partner's server with these folders."""
        root = self.into / name
        for folder in folders:
            (root / folder).mkdir(parents=True)
        return self._running.enter_context(SftpSandbox(root, PARTNER_USERS))


class SysproStage(Stage):
    """SYSPRO, and one partner."""

    def start(self) -> None:
        """Start the servers."""
        self.syspro = self._running.enter_context(SysproSandbox())
        self.sftp = self.partner("partner", INBOUND)

    def connections(self) -> Mapping[str, Mapping[str, Any]]:
        """Airflow's connections, by id."""
        return wiring.wire_syspro(self.syspro, self.sftp, self.into).connections

    def shown(self) -> Sequence[str]:
        """Where the servers are, for people."""
        return (f"SYSPRO sandbox at {self.syspro.base_url}", f"SFTP server at {self.sftp.host}:{self.sftp.port}")


class IntacctStage(Stage):
    """Sage Intacct, a partner that takes X12 and one that takes EDIFACT; both acknowledge."""

    def start(self) -> None:
        """Start the servers."""
        self.intacct = self._running.enter_context(IntacctSandbox())
        self._sftp = {name: self.partner(name, "outbound", "acks") for name in ("acme", "globex")}
        self.acme, self.globex = (
            TradingPartner(self.into / name / "outbound", self.into / name / "acks") for name in self._sftp
        )

    def connections(self) -> Mapping[str, Mapping[str, Any]]:
        """Airflow's connections, by id."""
        partners = {f"partner_{name}": wiring.partner(server) for name, server in self._sftp.items()}
        return {wiring.INTACCT_CONNECTION: wiring.intacct(self.intacct), **partners}

    def shown(self) -> Sequence[str]:
        """Where the servers are, for people."""
        partners = [f"{name}'s SFTP server at {one.host}:{one.port}" for name, one in self._sftp.items()]
        return (f"Intacct sandbox at {self.intacct.endpoint}", *partners)

    def dags(self, folder: Path) -> Path:
        """The same DAGs with little patience for acknowledgments."""
        copied = self.into / "dags"
        shutil.copytree(folder, copied, ignore=shutil.ignore_patterns("__pycache__"))
        for file in copied.glob("*/*.partner.yaml"):
            file.write_text(file.read_text(encoding="utf-8").replace(*_PATIENCE), encoding="utf-8")
        return copied
