"""Trino's types as frozen values, their texts, how Arrow holds them, and which turn into which."""
