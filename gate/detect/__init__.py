"""Stage 3: weigh the signs of who wrote the change."""
