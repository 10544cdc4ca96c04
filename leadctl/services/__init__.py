"""The verbs: each takes an open database, settings and `today`, and returns a result. Nothing here prints."""
