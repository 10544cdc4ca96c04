"""Reads flags, calls one service, hands its result to render."""
