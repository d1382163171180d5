"""Functions that stand only over a window."""

from __future__ import annotations

from owlake.functions.registry import Family

FAMILY = Family("window")

FAMILY.window("row_number() -> bigint", "row_number()", "The row's number in its partition, from 1")
FAMILY.window("rank() -> bigint", "rank()", "The row's rank: one more than the rows that come before its peers")
FAMILY.window("dense_rank() -> bigint", "dense_rank()", "The rank without gaps between peers")
FAMILY.window("percent_rank() -> double", "percent_rank()", "The rank between 0 and 1")
FAMILY.window("cume_dist() -> double", "cume_dist()", "The share of rows that come before or are peers")
FAMILY.window("ntile(bigint) -> bigint", "ntile({0})", "The number of the row's bucket of about equal size")
FAMILY.window("first_value(T) -> T", "first_value({0})", "The first value of the frame")
FAMILY.window("last_value(T) -> T", "last_value({0})", "The last value of the frame")
FAMILY.window("nth_value(T, bigint) -> T", "nth_value({0}, {1})", "The value at a place of the frame, from 1")
FAMILY.window("lag(T) -> T", "lag({0})", "The value of the row before")
FAMILY.window("lag(T, bigint) -> T", "lag({0}, {1})", "The value some rows before")
FAMILY.window("lag(T, bigint, T) -> T", "lag({0}, {1}, {2})", "The value some rows before, or a default")
FAMILY.window("lead(T) -> T", "lead({0})", "The value of the row after")
FAMILY.window("lead(T, bigint) -> T", "lead({0}, {1})", "The value some rows after")
FAMILY.window("lead(T, bigint, T) -> T", "lead({0}, {1}, {2})", "The value some rows after, or a default")
