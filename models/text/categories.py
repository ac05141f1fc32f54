"""Which category a text belongs to, learnt from texts whose category is known.

Multinomial naive Bayes (Maron 1961) over words and Chinese character pairs, with one class
more for texts that no category explains: it draws its tokens evenly from the vocabulary, so a
text of unseen tokens stays unknown. A token counts once per text, and posteriors are tempered
by the number of tokens, since neighbouring pairs are not independent evidence.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from models.text.normalise import SPACED, normalise_many

_TOKEN = re.compile(rf"{SPACED}+|[\u2e80-\u30ff\u3400-\u9fff]+")
_SMOOTHING = 0.05
_INDEPENDENCE = 0.7  # exponent on the number of tokens: 1 would take each for a new witness
LEAST_PROBABILITY = 0.5


class CategoryModel:
    """Posterior of categories given a text. ``texts`` and ``categories`` are the examples, row by row."""

    def __init__(self, texts: Sequence[str], categories: Sequence[str]) -> None:
        self.categories = sorted(set(categories))
        index = {category: i for i, category in enumerate(self.categories)}
        counts: dict[str, Counter[int]] = defaultdict(Counter)
        totals = np.zeros(len(self.categories))
        for text, category in zip(normalise_many(texts), categories, strict=True):
            for token in set(tokens(text)):
                counts[token][index[category]] += 1
                totals[index[category]] += 1
        self._vocabulary = len(counts)
        denominator = totals + _SMOOTHING * (self._vocabulary + 1)
        self._unseen = np.log(_SMOOTHING / denominator) if len(totals) else totals
        self._gain = {
            token: (
                np.fromiter(found, int, len(found)),
                np.array([math.log((n + _SMOOTHING) / _SMOOTHING) for n in found.values()]),
            )
            for token, found in counts.items()
        }

    def predict(self, normal: str) -> tuple[str | None, float]:
        """The likeliest category of a folded text, None where none is likely, and its probability."""
        found = [token for token in set(tokens(normal)) if token in self._gain]
        if not found:
            return None, 0.0
        score = len(found) * self._unseen
        for token in found:
            categories, gain = self._gain[token]
            score[categories] += gain
        unknown = -len(found) * math.log(self._vocabulary + 1)
        score = np.append(score, unknown) * len(found) ** (_INDEPENDENCE - 1)
        posterior = np.exp(score - score.max())
        posterior /= posterior.sum()
        best = int(posterior[:-1].argmax())
        probability = float(posterior[best])
        return (self.categories[best] if probability >= LEAST_PROBABILITY else None), probability


def tokens(normal: str) -> Iterable[str]:
    """Words of alphabetic scripts; pairs of neighbouring characters of the others."""
    for match in _TOKEN.finditer(normal):
        run = match.group()
        if run[0] < "\u2e80" or len(run) == 1:
            yield run
        else:
            yield from (run[i : i + 2] for i in range(len(run) - 1))
