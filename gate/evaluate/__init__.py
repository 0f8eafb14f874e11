"""Stage 4: ask every rule, through OPA, the embedded engine or native Python."""
