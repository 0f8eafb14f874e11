"""Stage 5: decide; a pure truth table."""
