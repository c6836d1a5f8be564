"""Context → checked answer: prompt, streaming, citations, verification, abstention."""
