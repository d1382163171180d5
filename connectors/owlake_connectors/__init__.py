"""The built-in plugins, one folder a service."""
