"""Whom we believe: the registry of agents, and what the ledger says of them."""
