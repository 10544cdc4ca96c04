"""Rows without a key are known again by what they say, however it is read."""

from __future__ import annotations

from leadctl.intake.values.convert import fingerprint


def test_content_and_not_its_order_counts() -> None:
    one = fingerprint(["name", "city"], ["Ann", "Graz"])
    assert fingerprint(["city", "name"], ["Graz", " Ann "]) == one
    assert fingerprint(["name", "city", "note"], ["Ann", "Graz", ""]) == one


def test_contents_are_told_apart() -> None:
    rows = [["Ann", "Graz"], ["Graz", "Ann"], ["Ann", ""], ["", "Ann"], ["AnnGraz", ""], ["Ann", "graz"], ["", ""]]
    marks = [fingerprint(["name", "city"], row) for row in rows]
    assert len(set(marks)) == len(marks)
    assert all(-(2**63) <= mark < 2**63 for mark in marks)
