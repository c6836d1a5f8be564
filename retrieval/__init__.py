"""Question → ranked context: legs, fusion, context, and the trace that explains every rank."""
