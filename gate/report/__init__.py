"""Stage 7: say it: console, JSON, SARIF, Markdown, review."""
