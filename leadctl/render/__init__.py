"""How results are drawn. `output` is the one face the command line uses."""
