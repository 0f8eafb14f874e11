"""Incidents: who is told, who leads them, what runs."""
