"""Judged questions → answers → how well they answer, cite and abstain."""
