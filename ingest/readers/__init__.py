"""One reader a format, each ``read(data, name, limits) -> Parsed``."""
