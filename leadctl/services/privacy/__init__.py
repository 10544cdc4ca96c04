"""Consent, and forgetting people with a proof."""
