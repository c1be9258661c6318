"""The ledger: a database of the project's own that remembers what was read, sent, posted and acknowledged."""
