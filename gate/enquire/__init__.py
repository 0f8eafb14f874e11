"""Ask the ledger what bears on a change: the kill switch, limits, anomalies."""
