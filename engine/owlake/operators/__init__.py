"""Operators that DataFusion lacks as a whole: Arrow in, Arrow out.

Each is a kernel over the collected rows of whole partitions: the plan collects a partition's rows natively, the
operator orders them, works over them and gives back lists of rows, which the plan unnests. So partitions go through
as they come, many in one call.
"""
