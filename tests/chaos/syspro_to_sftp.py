"""SYSPRO to SFTP as a flow under test: invoices over OData, files over SSH."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Self
from urllib.parse import urlsplit

from airflow_provider_mlconnector.engine.freezing import Destination
from airflow_provider_mlconnector.systems.sftp.site import PartnerSite
from tests.chaos.flow import Arrival, Traits
from tests.chaos.invoices import ACTS, FAR_TOO_LATE, Invoices
from tests.chaos.partner import PartnerFolder
from tests.chaos.points import POINTS
from tests.servers.openssh import OpenSshServer
from tests.servers.postgres import PostgresServer

FILES = Path(__file__).parents[2] / "dags" / "syspro_to_sftp"
ODATA = {
    "odata: line lost in a page": "drop",
    "odata: no answer": "lost_answer",
    "odata: 500": "status",
    "odata: half a page": "truncated",
}
CHANGE = "odata: a record changes between pages"
SFTP: dict[str, dict[str, Any]] = {
    "sftp: line lost after the rename": {"cut_after_rename": True},
    "sftp: disk full": {"disk_full_after": 40},
    "sftp: line lost in the file": {"cut_after_bytes": 40},
    "sftp: nobody listens": {"refuse_connections": True},
}
BROKEN, MENDED = "mapping broken", "mapping mended"
_CUT_CODE = "- {Code: B, Target: V7}"


class SysproToSftp:
    """One stream of invoices to one partner."""

    name, group, stream, target = "syspro_to_sftp", "ap_invoices", "ap_invoices", "partner_sftp"
    upstream: Mapping[str, tuple[str, ...]] = {
        "poll": (),
        "map": ("poll",),
        "format": ("poll", "map"),
        "deliver": ("poll", "format"),
        "commit": ("poll", "deliver"),
    }
    points: Mapping[str, tuple[str, ...]] = POINTS
    dag = "tests.chaos.syspro_to_sftp_dag:build"
    acts: Sequence[str] = (*ACTS, BROKEN, MENDED)
    unreachable = FAR_TOO_LATE
    faults: Sequence[str] = (*ODATA, CHANGE, *SFTP)

    def __init__(self) -> None:
        self._shared = ExitStack()
        self._postgres: PostgresServer | None = None

    def __enter__(self) -> Self:
        """Bring up what all schedules share."""
        self._openssh = self._shared.enter_context(OpenSshServer())
        return self

    def __exit__(self, *_error: object) -> None:
        """Take it down."""
        self._shared.close()

    def traits(self, random: Random) -> Traits:
        """A world that this flow can have."""
        return Traits(
            server=random.choice(("openssh", "sandbox")),
            target_removes=random.random() < 0.4,
            on_change="exception" if random.random() < 0.3 else "send",
            retries=random.choice((0, 0, 1)),
            max_active_runs=random.choice((1, 2, 3)),
        )

    def start(self, home: Path, traits: Traits) -> None:
        """Bring up the servers of one schedule."""
        self._home, self._traits = home, traits
        self._files = home / "files"
        self._files.mkdir()
        for kind in ("mapping", "layout"):
            text = (FILES / f"ap_invoices.{kind}.yaml").read_text()
            (self._files / f"ap_invoices.{kind}.yaml").write_text(text)
        self._mapping = self._files / "ap_invoices.mapping.yaml"
        self._whole = self._mapping.read_text()
        self._invoices = Invoices()
        self._invoices.sandbox.__enter__()
        shared = self._openssh if traits.server == "openssh" else None
        self._partner = PartnerFolder(home, shared, removes=traits.target_removes)
        self._url = self._new_ledger()
        self.look()

    def stop(self) -> None:
        """Take them down."""
        self._partner.stop()
        self._invoices.sandbox.__exit__(None, None, None)

    def ledger_url(self) -> str:
        """The schedule's ledger."""
        return self._url

    def environment(self) -> Mapping[str, str]:
        """Connections and configuration of task processes."""
        made = {
            "AIRFLOW_HOME": str(self._home / "airflow"),
            "AIRFLOW__MLCONNECTOR__STAGING_PATH": str(self._home / "staging"),
            # A paused try may hold a lock, and whoever waits for it is to fail soon.
            "AIRFLOW__MLCONNECTOR__SQLITE_BUSY_TIMEOUT_SECONDS": "1",
            "AIRFLOW_CONN_SYSPRO_DEFAULT": json.dumps(self._invoices.connection()),
            "AIRFLOW_CONN_PARTNER_SFTP": json.dumps(self._partner.connection()),
        }
        if self._traits.ledger == "postgresql":
            url = urlsplit(self._url)
            fields = {"conn_type": "postgres", "host": url.hostname, "port": url.port, "login": url.username}
            made["AIRFLOW_CONN_CHAOS_LEDGER"] = json.dumps({**fields, "schema": url.path.lstrip("/")})
            made["AIRFLOW__MLCONNECTOR__LEDGER_CONN_ID"] = "chaos_ledger"
        return made

    def dag_arguments(self) -> Mapping[str, Any]:
        """For `dag`."""
        return {
            "flow": self.name,
            "folder": self._partner.folder,
            "files": str(self._files),
            "on_change": self._traits.on_change,
            "removes": self._traits.target_removes,
        }

    def act(self, name: str, number: int) -> bool:
        """Let something happen at the source."""
        if name in (BROKEN, MENDED):
            self._mapping.write_text(self._whole if name == MENDED else self._whole.replace(_CUT_CODE, ""))
            return True
        return self._invoices.act(name, number)

    def fault(self, name: str, number: int) -> bool:
        """Switch something wrong on."""
        if name in SFTP:
            return self._partner.misbehave(**SFTP[name])
        if name == CHANGE:
            return self._invoices.change_under_poll(number)
        after, count = number % 5, 1 + number % 3
        self._invoices.sandbox.admin.fault(ODATA[name], after=after, count=count, where={"service": "odata"})
        return True

    def heal(self) -> None:
        """Everything that is wrong with servers and mapping is put right."""
        self._invoices.sandbox.admin.clear_faults()
        self._partner.heal()
        self.act(MENDED, 0)

    def open_site(self, to: Destination) -> PartnerSite:
        """The partner's folder."""
        return self._partner.site(to.folder)

    def target_takes(self) -> None:
        """The partner takes away what has arrived."""
        self._partner.take()

    def look(self) -> None:
        """Note what has become of source and target."""
        self._invoices.look()
        self._partner.look()

    def history(self) -> Mapping[str, Sequence[str]]:
        """The versions of each invoice."""
        return self._invoices.history

    def arrivals(self) -> Sequence[Arrival]:
        """What has arrived, in its order."""
        return self._partner.arrivals

    def files(self) -> Mapping[str, bytes]:
        """The files that have arrived."""
        return self._partner.files

    def ceiling(self) -> str:
        """The end of the company's day, as a cursor."""
        return f"{self._invoices.today().isoformat()}T23:59:59.999999"

    def resting_watermark(self) -> str:
        """The greatest journal date up to the clock."""
        days = [row["JournalDate"] for row in self._invoices.rows.values() if row["JournalDate"]]
        return max(f"{day}.000000" for day in days if day <= self.ceiling())

    def amounts(self) -> Mapping[str, tuple[str, str]]:
        """Amount and currency of each invoice."""
        return {key: (row["OrigInvValue"], row["Currency"]) for key, row in self._invoices.rows.items()}

    def window(self, number: int) -> tuple[str, str]:
        """A window that a person may ask for."""
        end = datetime(2026, 3, 31) - timedelta(days=number % 20)  # noqa: DTZ001 - naive, as the source's dates are
        return (end - timedelta(days=5 + number % 60)).date().isoformat(), end.date().isoformat()

    def _new_ledger(self) -> str:
        if self._traits.ledger == "sqlite":
            return f"sqlite:///{self._home / 'airflow' / 'mlconnector' / 'ledger.db'}"
        if self._postgres is None:
            self._postgres = self._shared.enter_context(PostgresServer())
        return self._postgres.database()
