"""Texts → values, for each kind of row."""
