"""Questions asked of the ledger by people: metrics, evidence, incidents, SIEM, compliance."""
