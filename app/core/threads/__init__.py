"""How threads hand over, wait, and are watched."""
