"""Hand the ledger's entries to a SIEM, each at least once."""
