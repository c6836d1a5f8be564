"""What is asked of the legs beside the question as it was typed."""
