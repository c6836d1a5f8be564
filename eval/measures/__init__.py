"""What is measured, and how sure a number is."""
