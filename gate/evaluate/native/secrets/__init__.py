"""Checks on secrets."""
