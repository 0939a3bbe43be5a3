"""A live session: opened, run, closed."""
