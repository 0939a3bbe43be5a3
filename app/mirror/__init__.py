"""The desktop window that an audience and the operator watch."""
