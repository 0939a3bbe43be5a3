"""Style networks, what they are exported and folded to, and networks of others."""
