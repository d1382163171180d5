"""owlake: Amazon Athena's SQL over a local lake."""
