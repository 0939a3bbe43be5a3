"""What works on this machine and what does not: a probe a thing, each telling a `Finding`."""
