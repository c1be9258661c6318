"""The servers that unit tests share, each started by the first test of a worker that asks for it."""

from tests.servers.postgres import empty_url as empty_url  # noqa: PLC0414 - a fixture
from tests.servers.postgres import ledger_url as ledger_url  # noqa: PLC0414 - a fixture
from tests.servers.postgres import postgres as postgres  # noqa: PLC0414 - a fixture
