"""How far texts are from each other, how they sound, what they stem from, whether their digits check."""

from __future__ import annotations

import importlib
import threading
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from owlake.errors import error
from owlake.functions.arrays import Integers, by_distinct, expanded, from_integers, length_of, presence
from owlake.functions.checks import checked
from owlake.functions.distinct import once_per_value, over_distinct
from owlake.functions.octets import Bytes, Octets, bounds_of_lengths, code_points, octets
from owlake.functions.registry import CallSite, Execution
from owlake.functions.string.family import FAMILY
from owlake.types.model import Varchar

_MOST_STEPS = 1_000_000


@FAMILY.sql("levenshtein_distance(varchar(x), varchar(y)) -> bigint", raises=True)
def _levenshtein_distance(site: CallSite) -> str:
    """How many characters must be put in, left out or replaced to make one text the other."""
    one, other = site.sql(0), site.sql(1)
    distance = f"CAST(levenshtein({one}, {other}) AS BIGINT)"
    lengths = [argument.type.length for argument in site.arguments if isinstance(argument.type, Varchar)]
    known = [length for length in lengths if length is not None]
    if len(known) == 2 and known[0] * known[1] <= _MOST_STEPS:
        return distance
    longer = f"CAST(greatest(character_length({one}), character_length({other})) AS BIGINT)"
    shorter = f"CAST(least(character_length({one}), character_length({other})) AS BIGINT)"
    too_many = f"{longer} * ({shorter} - 1) > {_MOST_STEPS}"
    return checked(site, too_many, "The combined inputs for Levenshtein distance are too large", distance)


@FAMILY.kernel("hamming_distance(varchar(x), varchar(y)) -> bigint", raises=True)
def hamming_distance(first: Any, second: Any) -> pa.Array:
    """At how many places two texts of the same length differ."""
    length = length_of((first, second))
    columns = [expanded(first, length), expanded(second, length)]
    present = presence(*columns)
    if present is not None:
        columns = [column.filter(pa.array(present)) for column in columns]
    (one, offsets), (other, other_offsets) = (_characters(octets(column)) for column in columns)
    if not np.array_equal(offsets, other_offsets):
        text = "The input strings to hamming_distance function must have the same length"
        raise error("INVALID_FUNCTION_ARGUMENT", text)
    width = len(one) // max(1, len(offsets) - 1)
    if width and (offsets[1:] - offsets[:-1] == width).all():
        distances = np.count_nonzero((one != other).reshape(-1, width), axis=1)
    else:
        distances = _sums(one != other, offsets)
    if present is None:
        return pa.array(distances)
    spread = np.zeros(length, np.int64)
    spread[present] = distances
    return from_integers(spread, present, pa.int64())


def _characters(source: Octets) -> tuple[npt.NDArray[Any], Integers]:
    """As ``code_points``; bytes as they are where each is a character."""
    ascii_only = not len(source.data) or source.data.max() < 0x80
    return (source.data, source.offsets) if ascii_only else code_points(source)


def _sums(values: Any, offsets: Integers) -> Integers:
    """The sum of the values of each row."""
    totals = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return totals[offsets[1:]] - totals[offsets[:-1]]


# Luhn: https://en.wikipedia.org/wiki/Luhn_algorithm


@FAMILY.kernel("luhn_check(varchar) -> boolean", raises=True)
def luhn_check(texts: Any) -> pa.Array:
    """Whether the last digit checks the others, as in the numbers of credit cards."""
    source = octets(texts)
    digits = source.data.astype(np.int64) - ord("0")
    if ((digits < 0) | (digits > 9)).any():
        raise error("INVALID_FUNCTION_ARGUMENT", "Input contains non-digit character")
    from_end = np.repeat(source.offsets[1:], source.lengths) - 1 - np.arange(len(digits))
    doubled = digits * np.where(from_end % 2, 2, 1)
    totals = _sums(doubled - np.where(doubled > 9, 9, 0), source.offsets)
    valid = (totals % 10 == 0) & (source.lengths > 0)
    return pa.array(valid, mask=None if source.present is None else ~source.present)


# Soundex: https://commons.apache.org/proper/commons-codec/apidocs/org/apache/commons/codec/language/Soundex.html

_SOUNDS = "01230120022455012623010202"
_FIRST, _LAST = ord("A"), ord("Z")
_SOUND_OF = np.full(256, ord("0"), np.uint8)
_SOUND_OF[_FIRST : _LAST + 1] = np.frombuffer(_SOUNDS.encode(), np.uint8)


@FAMILY.kernel("soundex(varchar) -> varchar(4)", raises=True)
def soundex(texts: Any) -> pa.Array:
    """The first letter and three digits for the sound of those that follow."""
    return over_distinct(texts, _soundexes)


def _soundexes(texts: pa.Array) -> pa.Array:
    source = octets(texts)
    if len(source.data) and source.data.max() >= 0x80:
        return once_per_value(texts, lambda values: [_soundex(value) for value in values], pa.string())
    letters, offsets = _letters(source)
    has_any = np.diff(offsets) > 0
    codes = np.full((len(source), 4), ord("0"), np.uint8)
    codes[has_any, 0] = letters[offsets[:-1][has_any]]
    _put_sounds(codes, letters, offsets)
    lengths = np.where(has_any, 4, 0)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    return Octets(codes[has_any].ravel(), ends, source.present).array(pa.string())


def _letters(source: Octets) -> tuple[Bytes, Integers]:
    """The letters in upper case, and where each row begins among them."""
    upper = np.where((source.data >= ord("a")) & (source.data <= ord("z")), source.data - 32, source.data)
    kept = (upper >= _FIRST) & (upper <= _LAST)
    return upper[kept].astype(np.uint8), np.concatenate(([0], np.cumsum(kept)))[source.offsets]


def _put_sounds(codes: Any, letters: Bytes, offsets: Integers) -> None:
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    leads = np.zeros(len(letters), np.bool_)
    leads[offsets[:-1][np.diff(offsets) > 0]] = True
    # H and W do not even come between two letters of the same sound.
    heard = leads | ((letters != ord("H")) & (letters != ord("W")))
    rows, sounds, leads = rows[heard], _SOUND_OF[letters[heard]], leads[heard]
    counts = (sounds != ord("0")) & ~leads
    counts[1:] &= sounds[1:] != sounds[:-1]
    rows, sounds = rows[counts], sounds[counts]
    rank = np.arange(len(rows)) - bounds_of_lengths(np.bincount(rows, minlength=len(codes)))[rows]
    first = rank < 3
    codes[rows[first], rank[first] + 1] = sounds[first]


def _soundex(text: str) -> str:
    letters = "".join(character for character in text if character.isalpha() and ord(character) < 0x10000).upper()
    if not letters:
        return ""
    code, last = letters[0], _sound(letters[0])
    for letter in letters[1:]:
        if len(code) == 4:
            break
        if letter in "HW":
            continue
        sound = _sound(letter)
        if sound not in ("0", last):
            code += sound
        last = sound
    return code.ljust(4, "0")


def _sound(letter: str) -> str:
    index = ord(letter) - _FIRST
    if not "A" <= letter <= "Z":
        raise error("INVALID_FUNCTION_ARGUMENT", f"The character is not mapped: {letter} (index={index})")
    return _SOUNDS[index]


# Stems: https://snowballstem.org

_LANGUAGES = {
    "ca": "catalan", "da": "danish", "de": "german", "en": "english", "es": "spanish", "eu": "basque",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "hy": "armenian", "ir": "irish", "it": "italian",
    "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sv": "swedish", "tr": "turkish",
}  # fmt: skip


@FAMILY.kernel("word_stem(varchar(x)) -> varchar(x)", execution=Execution.VALUE)
def word_stem(words: Any) -> pa.Array:
    """The stem of an English word."""
    return _stems("en", words)


@FAMILY.kernel("word_stem(varchar(x), varchar(2)) -> varchar(x)", raises=True, execution=Execution.VALUE)
def word_stem_in_language(words: Any, languages: Any) -> pa.Array:
    """The stem of a word in a language: its two letters."""
    return by_distinct(languages, [words], _stems, pa.string())


def _stems(language: str, words: pa.Array) -> pa.Array:
    if language not in _LANGUAGES:
        raise error("INVALID_FUNCTION_ARGUMENT", f"Unknown stemmer language: {language}")
    return once_per_value(words, lambda values: [_stem(language, value) for value in values], pa.string())


@lru_cache(maxsize=100_000)
def _stem(language: str, word: str) -> str:
    stemmers = _threads.__dict__
    if language not in stemmers:
        stemmers[language] = _new_stemmer(_LANGUAGES[language])
    return str(stemmers[language].stemWord(word))


_threads = threading.local()
"""The stemmers of each thread: one keeps its word in itself while it works."""


def _new_stemmer(name: str) -> Any:
    """Snowball's stemmer of the language, compiled if the extra ``stemmer`` is installed: the results are the same."""
    try:
        return importlib.import_module("Stemmer").Stemmer(name)
    except ImportError:
        module = importlib.import_module(f"snowballstemmer.{name}_stemmer")
        return getattr(module, f"{name.title()}Stemmer")()
