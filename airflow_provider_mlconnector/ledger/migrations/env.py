"""How alembic runs the migrations: on the connection that `Migration` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from airflow_provider_mlconnector.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
)
context.run_migrations()
