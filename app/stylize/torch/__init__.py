"""The engine on torch."""
