"""Tasks that wait for something outside."""
