"""Rules as code: checked, tested, compared, described to editors."""
