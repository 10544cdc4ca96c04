"""Which column is which field: by its header, by mappings of one's own, by ready ones."""
