"""Duplicates: pairs that may be one person, and leads that become one."""
