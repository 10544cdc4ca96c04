"""How likely two leads are one person."""
