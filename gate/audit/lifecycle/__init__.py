"""What the ledger tells of one agent: its observation, its rights and their use."""
