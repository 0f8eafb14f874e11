"""Text scanning shared by the native checks: added lines, token formats, placeholders."""
