"""The protected branch held against the ledger."""
