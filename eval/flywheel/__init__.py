"""What readers say and what a model asks → reviewed cases, gates and training pairs."""
