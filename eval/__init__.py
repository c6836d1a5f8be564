"""Cases → reports: measures, significance, feedback (the measuring house; not built yet)."""
