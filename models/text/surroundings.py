"""What words beside a colour or material say about it, in further languages than Chinese and English.

Rode wijn is no red product, colle pour bois is not of wood, and a silver ring is of silver. The words are in
``lexicon/surroundings.yaml``; only those of the reader's languages count, as one language's food is another's word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from models.text.data_files import load_yaml
from models.text.normalise import SPACED, fold
from models.text.trie import any_of

_ARTICLES = r"(?: (?:le|la|les|el|los|las|il|lo|gli|i|o|a|os|as|das|die|den|het|de))?"
_GLUED = frozenset(load_yaml("inflection.yaml")["compounds"])  # languages that write both as one word
_NEVER = r"(?!)"


class Surroundings:
    """Looks at what stands beside colours and materials of folded texts, in some languages."""

    def __init__(self, languages: Iterable[str]) -> None:
        known = [language for language in sorted(languages) if language in load_yaml("surroundings.yaml")["adornments"]]
        self.is_needed = bool(known)
        foods, adornments = _words("foods", known), _words("adornments", known)
        self._food_before = re.compile(rf"(?<!{SPACED}){foods} ?$")
        self._food_after = re.compile(rf" {foods}(?!{SPACED})")
        self._adornment = re.compile(rf"(?<![a-z\u0400-\u04ff]){adornments}(?![a-z\u0400-\u04ff])")
        self._for = re.compile(rf"(?<!{SPACED})(?:{_words('for', known)}|{_words('treating', known)}){_ARTICLES} $")
        glued = _words("treatments", [language for language in known if language in _GLUED])
        apart = _words("treatments", [language for language in known if language not in _GLUED])
        self._treated = re.compile(rf"[a-z]{{0,10}}?{glued}(?:s|e|en|n)?(?!{SPACED})| ?{apart}")

    def allow(self, kind: str | None, text: str, start: int, end: int, *, is_ambiguous: bool) -> bool:
        """Whether a value of ``kind`` at ``[start, end)`` stands. ``is_ambiguous``: it may be colour or material."""
        line = text[:start]
        if kind == "colour":
            if is_ambiguous and self._adornment.search(text):
                return False
            return not (self._food_before.search(line) or self._food_after.match(text, end))
        if kind == "material":
            if is_ambiguous and not self._adornment.search(text):
                return False
            return not (self._for.search(line) or self._treated.match(text, end))
        return True


def _words(group: str, languages: Iterable[str]) -> str:
    words = {fold(word) for language in languages for word in load_yaml("surroundings.yaml")[group].get(language, ())}
    return any_of(words) if words else _NEVER
