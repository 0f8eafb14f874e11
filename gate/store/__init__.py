"""The ledger's engines: head, append, read."""
