"""Enrichment: facts from files and programs into leads."""
