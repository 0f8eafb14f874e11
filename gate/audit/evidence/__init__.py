"""Evidence: what an auditor takes home, signed, whole, and verifiable without the gate."""
