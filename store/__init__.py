"""What is kept: the catalogue (the only truth) and the two indexes that follow its change log."""
