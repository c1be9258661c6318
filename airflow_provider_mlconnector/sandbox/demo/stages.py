"""What a flow needs around it: the servers of both sides, and how an Airflow is connected with them."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from airflow_provider_mlconnector.sandbox import wiring
from airflow_provider_mlconnector.sandbox.demo.closing import books, waiting
from airflow_provider_mlconnector.sandbox.intacct import IntacctSandbox
from airflow_provider_mlconnector.sandbox.sftp import SftpSandbox
from airflow_provider_mlconnector.sandbox.stampli import StampliSandbox
from airflow_provider_mlconnector.sandbox.stampli.exports import EXPORTED
from airflow_provider_mlconnector.sandbox.stampli.records import Invoice
from airflow_provider_mlconnector.sandbox.syspro import SysproSandbox
from airflow_provider_mlconnector.sandbox.trading_partner import TradingPartner

INBOUND = "inbound"
"""The partner's folder, as the SYSPRO flow names it."""
PARTNER_USERS = {"partner": "partner-secret"}
"""Who signs in at a partner's server. Airflow masks the password in every log, so it is no word that they need."""
# So that the demo need not wait a day for an acknowledgment that never comes.
_PATIENCE = ("within: PT24H", "within: PT1S")
# SYSPRO publishes no business object that posts payments: this one is the sandbox's own.
_PAYMENTS = """\
business_object: ZZAPAY
parameters: >-
  <PostApPayment><Parameters><PostingPeriod>{PostingPeriod}</PostingPeriod>
  <ApplyIfEntireDocumentValid>Y</ApplyIfEntireDocumentValid>
  <ValidateOnly>{ValidateOnly}</ValidateOnly></Parameters></PostApPayment>
document: <PostApPayment>{Items}</PostApPayment>
item: >-
  <Item><Supplier>{Supplier}</Supplier><Invoice>{Invoice}</Invoice><PaymentValue>{PaymentValue}</PaymentValue>
  <PaymentDate>{PaymentDate}</PaymentDate><PaymentReference>{OwnId}</PaymentReference><Bank>{Bank}</Bank>
  <Notation>{PaymentNumber}</Notation></Item>
key: [Supplier, PaymentNumber, Invoice]
"""


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

    def closing(self, ledger: Path) -> Sequence[str]:  # noqa: ARG002 - for those who have something to say
        """What is told at the end, for people.

        Args:
            ledger: the embedded ledger's file.
        """
        return ()

    def copied(self, folder: Path) -> Path:
        """A copy of the DAG folder, to be changed."""
        copied = self.into / "dags"
        shutil.copytree(folder, copied, ignore=shutil.ignore_patterns("__pycache__"))
        return copied

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
        copied = self.copied(folder)
        for file in copied.glob("*/*.partner.yaml"):
            file.write_text(file.read_text(encoding="utf-8").replace(*_PATIENCE), encoding="utf-8")
        return copied


class StampliStage(Stage):
    """Stampli, and the SYSPRO that its invoices are posted into, which has an object for payments too."""

    def start(self) -> None:
        """Start the servers."""
        self.syspro = self._running.enter_context(SysproSandbox())
        self.stampli = self._running.enter_context(StampliSandbox(self.into / "stampli"))

    def connections(self) -> Mapping[str, Mapping[str, Any]]:
        """Airflow's connections, by id."""
        return {
            wiring.SYSPRO_CONNECTION: wiring.syspro(self.syspro),
            wiring.STAMPLI_CONNECTION: wiring.stampli(self.stampli),
        }

    def shown(self) -> Sequence[str]:
        """Where the servers are, for people."""
        server = self.stampli.server
        return (f"Stampli's SFTP server at {server.host}:{server.port}", f"SYSPRO sandbox at {self.syspro.base_url}")

    def dags(self, folder: Path) -> Path:
        """The same DAGs, and what describes the payments of this SYSPRO."""
        copied = self.copied(folder)
        (copied / "stampli_to_syspro" / "payments.posting.yaml").write_text(_PAYMENTS, encoding="utf-8")
        return copied

    def export(self) -> None:
        """Let Stampli export what has changed."""
        for kind in EXPORTED:
            self.stampli.outbox.export(kind)

    def invoice(self, invoice_id: str) -> Invoice:
        """One of Stampli's invoices.

        Raises:
            KeyError: it isn't there.
        """
        found = self.stampli.company.find("invoices", invoice_id)
        assert isinstance(found, Invoice)
        return found

    def closing(self, ledger: Path) -> Sequence[str]:
        """SYSPRO's books, and what waits for a person."""
        return ["", *books(self.syspro.admin.books()["posted"]), "", "  Open exceptions:", *waiting(ledger)]
