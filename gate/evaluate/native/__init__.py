"""Native checks: one module per rule, `<family>/<rule>.py`, found by path."""
