"""Say which controls of a framework operated, as the ledger shows it."""
