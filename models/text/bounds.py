"""Words that make a number with a unit an interval or tell how many are in a pack: over, bis, à partir de, 以上.

The words are in ``lexicon/bounds.yaml``, by language; a folded text is searched for all of them, as
nobody writes a number with a unit behind such a word of another language.
"""

from __future__ import annotations

from models.text.data_files import load_yaml
from models.text.normalise import SPACED, fold
from models.text.trie import any_of

_WORDS = load_yaml("bounds.yaml")


def _any(group: str) -> str:
    """Any phrase of the group; a letter behind one that ends in a letter makes it another word."""
    phrases = {fold(phrase) for words in _WORDS[group].values() for phrase in words}
    return any_of(phrases) + rf"(?:(?<!{SPACED})|(?!{SPACED})|(?=\d))"


AT_LEAST_BEFORE = rf"(?:大于|超过|不低于|至少|高于|>=?|≥|{_any('at_least_before')})"
AT_MOST_BEFORE = rf"(?:小于|不超过|低于|少于|<=?|≤|{_any('at_most_before')})"
AT_LEAST_AFTER = rf"(?:及?以上|起(?![\u4e00-\u9fff])|\+(?![\d\w])|{_any('at_least_after')})"
AT_MOST_AFTER = rf"(?:及?以下|以内|之内|内(?![\u4e00-\u9fff])|{_any('at_most_after')})"
_TO = rf" ?(?:-|~|一(?=\d)|至|到|to|bis|から) ?| (?:{_any('to')}) "
TO = rf"(?:{_TO})"
AND = rf"(?: (?:{_any('and')}) )"
FROM = rf"(?:{_any('from')})"
BETWEEN = rf"(?:{_any('between')})"
PACK_OF = rf"(?:{_any('pack_of')})"
