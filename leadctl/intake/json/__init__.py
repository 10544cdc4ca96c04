"""JSON, from flat objects to the payloads of services: objects → rows."""
