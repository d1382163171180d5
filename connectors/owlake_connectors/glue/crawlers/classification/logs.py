"""Logs: lines that a Grok pattern reads. The built-in ones are patterns of well-known programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from owlake.spi import OwlakeError, file_formats, grok_matcher
from owlake_connectors.glue.crawlers.classification.found import Classified, Layout, estimated_records
from owlake_connectors.glue.crawlers.classification.sample import Sample
from owlake_connectors.glue.crawlers.inference.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TINYINT,
    Field,
    FoundType,
)

_LEAST_MATCHING = 0.9
"""The share of a file's lines that a built-in pattern must read: real logs have lines of something else in them."""
_TYPED = re.compile(r"%\{\w+:(?P<name>[\w\s./;]+?):(?P<type>byte|boolean|double|short|int|long|float)\}")
_TYPES: dict[str, FoundType] = {
    "byte": TINYINT,
    "boolean": BOOLEAN,
    "double": DOUBLE,
    "short": SMALLINT,
    "int": INT,
    "long": BIGINT,
    "float": FLOAT,
}


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A kind of log. ``hints``: what a line of it has, so that other files are told by a look."""

    classification: str
    pattern: str
    hints: tuple[str, ...] = ()
    custom_patterns: str = ""

    @property
    def layout(self) -> Layout:
        """How tables read it."""
        custom = (("input.grokCustomPatterns", self.custom_patterns),) if self.custom_patterns else ()
        return Layout(
            self.classification,
            serde=file_formats.GROK,
            serde_parameters=(("input.format", self.pattern), *custom),
            parameters=(("grokPattern", self.pattern),),
            is_positional=True,
        )

    def hints_at(self, line: str) -> bool:
        """Whether a line may be of this kind."""
        return all(hint in line for hint in self.hints)


BUILT_IN = (
    LogFormat("combined_apache", "%{COMBINEDAPACHELOG}", ('"', "[")),
    LogFormat("apache", "%{COMMONAPACHELOG}", ('"', "[")),
    LogFormat(
        "linux_kernel",
        r"%{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:host} kernel: \[\s*%{NUMBER:uptime}\] %{GREEDYDATA:message}",
        (" kernel: [",),
    ),
    LogFormat(
        "microsoft_log",
        r"%{TIMESTAMP_ISO8601:timestamp} %{IPORHOST:server} %{WORD:method} %{NOTSPACE:uri_stem} %{NOTSPACE:uri_query}"
        r" %{INT:port} %{NOTSPACE:user} %{IPORHOST:client} %{GREEDYDATA:rest}",
        ("-", ":"),
    ),
    LogFormat(
        "ruby_logger",
        r"%{WORD:severity}, \[%{TIMESTAMP_ISO8601:timestamp} *#%{POSINT:pid}\] *%{LOGLEVEL:loglevel} -- "
        r"+%{DATA:progname}: %{GREEDYDATA:message}",
        (", [", " -- "),
    ),
    LogFormat(
        "squid",
        r"%{NUMBER:timestamp} +%{NUMBER:elapsed} %{IPORHOST:client} %{WORD:cache_result}/%{NONNEGINT:status} "
        r"%{NONNEGINT:bytes} %{WORD:method} %{NOTSPACE:url} %{NOTSPACE:user} %{WORD:hierarchy}/%{NOTSPACE:server} "
        r"%{NOTSPACE:content_type}",
        ("/", "."),
    ),
    LogFormat(
        "redismonlog",
        r'%{NUMBER:timestamp} \[%{INT:database} %{IP:client}:%{NUMBER:port}\] "%{WORD:command}"%{GREEDYDATA:params}',
        ("[", '] "'),
    ),
    LogFormat(
        "redislog",
        r"\[?%{POSINT:pid}(?::%{WORD:role})?\]? %{MONTHDAY:day} %{MONTH:month}(?: %{YEAR:year})? %{TIME:time}"
        r" [.*#-] %{GREEDYDATA:message}",
        (":", " "),
    ),
)


def classifier(log: LogFormat) -> Callable[[Sample], Classified | None]:
    """The built-in classifier of a kind of log."""

    def classify(sample: Sample) -> Classified | None:
        found = classify_log(sample, log)
        return found if found is not None and found.certainty == 1 else None

    return classify


def classify_log(sample: Sample, log: LogFormat, *, least: float = _LEAST_MATCHING) -> Classified | None:
    """A file whose lines the pattern reads; the certainty is 1 from ``least`` of them on, below it their share.

    Errors: OwlakeError for a pattern of a custom classifier that cannot be read.
    """
    if sample.has_binary or not sample.lines or not any(map(log.hints_at, sample.lines[:3])):
        return None
    try:
        matcher = _matcher(log.pattern, log.custom_patterns)
    except OwlakeError:
        if log in BUILT_IN:  # the patterns come with an extra
            return None
        raise
    if not any(matcher.match(line) for line in sample.lines[:3]):
        return None
    matching = sum(matcher.match(line) is not None for line in sample.lines)
    types = {one["name"].strip(): _TYPES[one["type"]] for one in _TYPED.finditer(log.pattern + log.custom_patterns)}
    columns = tuple(Field(name.lower(), types.get(name, STRING)) for name in matcher.columns)
    used = sum(map(len, sample.lines)) + len(sample.lines)
    share = matching / len(sample.lines)
    odd = len(sample.lines) - matching
    return Classified(
        log.layout,
        columns,
        estimated_records(sample, len(sample.lines), used),
        notes=(f"{odd} of the first {len(sample.lines)} lines are none of the pattern's: rows of NULL",) if odd else (),
        certainty=1.0 if share >= least else share,
    )


_matcher = lru_cache(maxsize=256)(grok_matcher)
