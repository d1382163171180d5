"""Whose account, and in which region, the services of a home are: ARNs and errors name both."""

ACCOUNT = "123456789012"
"""The account of AWS's own examples."""
REGION = "us-east-1"
