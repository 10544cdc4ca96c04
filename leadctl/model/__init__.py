"""The nouns of the trade, and how their text is normalised. Pure: no database, no terminal, no clock."""
