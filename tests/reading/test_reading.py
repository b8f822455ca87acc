"""Selections of every kind, read in one go."""
