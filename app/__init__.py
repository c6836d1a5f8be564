"""The faces of Shujia and its wiring: command line, Streamlit pages, settings."""
