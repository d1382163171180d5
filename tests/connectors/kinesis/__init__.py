"""The kinesis connector."""
