"""Rule text -> nodes with places -> checked tree -> SQL. Knows no database."""
