"""One switch at a time, and settings that are proven to be better."""
