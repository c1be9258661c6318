"""Deliver's settings, made from what a DAG author asks for: permissions, sidecars, done files, archive copies."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from airflow_provider_mlconnector.engine.delivering import DeliverySettings
from airflow_provider_mlconnector.engine.site import OpenBytes, Site
from airflow_provider_mlconnector.errors import ConfigurationError
from airflow_provider_mlconnector.ledger.deliveries import Delivery

if TYPE_CHECKING:
    from airflow_provider_mlconnector.systems.sftp.site import PartnerSite

VERIFY = ("size", "sha256")


@dataclass(frozen=True)
class Sending:
    """How files are put at a partner.

    Attributes:
        verify: `size`, or `sha256`: read the temporary file back.
        partner_removes_files: whether the partner takes files away once read.
        mode: permissions of the file, such as 0o640; None leaves the server's.
        sidecar: the ending of a small file with the SHA-256, put beside the file; empty for none.
        done_file: the ending of an empty file that says that the file is complete; empty for none.
        archive: a folder below the partner's, into which a copy goes; empty for none.
    """

    verify: str = "size"
    partner_removes_files: bool = False
    mode: int | None = None
    sidecar: str = ""
    done_file: str = ""
    archive: str = ""

    def settings(self) -> DeliverySettings:
        """For the engine.

        Raises:
            ConfigurationError: `verify` is neither of the two.
        """
        if self.verify not in VERIFY:
            raise ConfigurationError(f"verify is '{self.verify}'; it is {' or '.join(VERIFY)}")
        return DeliverySettings(
            verify=self.verify,
            partner_removes_files=self.partner_removes_files,
            finish=self._finish,
            accompany=self._accompany,
        )

    def _finish(self, site: Site, name: str) -> None:
        partner = cast("PartnerSite", site)
        if self.mode is not None:
            partner.set_mode(name, self.mode)
        if self.done_file and self.partner_removes_files:
            partner.put_small(self._waiting(name), b"")

    def _accompany(self, site: Site, delivery: Delivery, open_bytes: OpenBytes) -> None:
        partner = cast("PartnerSite", site)
        if self.archive:
            self._archive(partner, delivery, open_bytes)
        # Whoever removes files may have removed the done file too. So it is made ahead, beside the temporary file, and
        # renamed once: where it no longer waits, an earlier try has put it, and everything else before it.
        waiting = ""
        if self.done_file and self.partner_removes_files and delivery.temporary_name:
            waiting = self._waiting(delivery.temporary_name)
            if partner.stat(waiting) is None:
                return
        if self.sidecar:
            partner.put_small(f"{delivery.name}{self.sidecar}", f"{delivery.sha256}  {delivery.name}\n".encode())
        if waiting:
            partner.rename_new(waiting, f"{delivery.name}{self.done_file}")
        elif self.done_file:
            partner.put_small(f"{delivery.name}{self.done_file}", b"")

    def _waiting(self, temporary: str) -> str:
        """The done file of one try, before its file is in place; ends as temporary files do."""
        return f"{temporary.removesuffix('.part')}{self.done_file}.part"

    def _archive(self, partner: PartnerSite, delivery: Delivery, open_bytes: OpenBytes) -> None:
        if partner.stat(f"{self.archive}/{delivery.name}") is not None:
            return
        # Under its name it is whole: a copy that was cut off must not pass for one.
        temporary = f"{self.archive}/.{delivery.name}.{uuid.uuid4().hex[:12]}.part"
        with open_bytes() as source:
            partner.upload(temporary, source, delivery.size)
        partner.rename_new(temporary, f"{self.archive}/{delivery.name}")
