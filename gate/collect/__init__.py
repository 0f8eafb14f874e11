"""Stage 1: read the facts of a pull request."""
