"""What became of pull requests."""
