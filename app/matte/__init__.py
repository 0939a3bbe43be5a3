"""Mattes: which part of a picture shows one thing, and which another."""
