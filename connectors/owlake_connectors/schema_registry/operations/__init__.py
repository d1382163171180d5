"""The operations of the registry, by what they are about."""
