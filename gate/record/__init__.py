"""Stage 6: write the decision down before anybody hears of it."""
