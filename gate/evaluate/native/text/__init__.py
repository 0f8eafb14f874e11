"""Checks on text."""
