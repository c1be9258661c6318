"""The delivery engine: the rules, and the services that act on them over the ledger and the staging area."""
