"""What all tables of the ledger share: their metadata, and the types of ids and hashes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
# SQLite only counts up by itself on plain INTEGER keys.
Id = BigInteger().with_variant(Integer, "sqlite")
Hash = LargeBinary(16)
