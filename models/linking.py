"""Which value of a taxonomy a phrase is another word for, if it is one at all.

Shoppers use words that a taxonomy lacks. Such a phrase is another word for a listed value, or a new value of an
attribute, or something else; ``judge`` weighs these against each other (Bayes' rule). Evidence is counts of people:

beside    what stands beside it: a value of an attribute is not said beside other values of that attribute,
          and beside everything else as often as usual;
choices   what its sayers click and buy: a synonym is clicked like its value, a new value like nothing in particular;
titles    products of the value have it in their titles in place of a known word, others hardly;
filters   facet filters name values exactly, texts need words: a value that is picked more often than it is said
          lacks words, and a synonym closes the gap;
wording   synonyms often share a part, and a value without a word in the script of its siblings' words lacks one.

Everything is over-dispersed: words, values and filters differ among themselves for reasons nobody knows, so no count,
however large, is worth more than its share of that spread (beta-binomial and Dirichlet-multinomial, Mosimann 1962),
and a small share of cases is allowed to be anything at all. Constants are judgements of such spreads, not fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln, logit, logsumexp

SURE = 0.95  # a false link hides a new feature: it is taken to cost twenty times what a missing link costs
ELSE = 0.5  # prior probability of being no value of any listed attribute
# prior odds, against a new value, of a value with no word in the script of the phrase where its siblings have
GAP = 3.0
ODD = 0.02  # share of phrases said like a value that are none; of values whose filters are picked for other reasons
# odds where a value's words share no part with the phrase, one that no sibling's words have, or nearly all
LIKENESS = np.array([0.6, 5.0, 50.0])
ALIKE = 30.0  # concentration among words of one value: a share of one half varies by 9 points
RATHER_ALIKE = 10.0  # and among attributes
UNLIKE = 2.0
SPREADS = (3.0, 10.0, 30.0, 100.0, 300.0)  # concentrations of the share of filters among values of an attribute
_SHARES = expit(np.linspace(-7, 4, 56))  # of a value's mentions that are filters
_FEW = 20.0  # people that the usual choice counts as beside a value's own sayers
NEGLIGIBLE = 1e-3
LACKING = 0.2  # share of values whose filters are odd because they lack words, while nothing is linked yet
_DECADES = np.log(1000)  # a phrase is said by one to a thousand people, each order of magnitude as likely
_IN_TITLES, _IN_OTHER_TITLES, _IN_ANY_TITLES = (1.0, 1.0), (0.2, 20.0), (0.5, 5.0)


@dataclass(frozen=True)
class AttributeCounts:
    """What is known of an attribute with k values before any phrase is judged; counts of people unless said otherwise.

    ``beside_own`` is the share of searches naming a value that name another value of it too, ``beside_others`` (b,) the
    share of searches naming each other attribute that name this one. ``said`` and ``picked`` (k,) by text and by
    filter. ``chosen_by`` (k, k): sayers of a value (row) who clicked or bought products of a value (column);
    ``chosen_by_all`` (k,). ``products`` (k,) counts products with the value, ``open_titles`` (k,) those of them whose
    title names no value of the attribute by a known word.
    """

    beside_own: float
    beside_others: np.ndarray
    said: np.ndarray
    picked: np.ndarray
    chosen_by: np.ndarray
    chosen_by_all: np.ndarray
    products: np.ndarray
    open_titles: np.ndarray


@dataclass(frozen=True)
class PhraseCounts:
    """What is known of a phrase with respect to one attribute of k values.

    Of ``searches`` with the phrase ``beside`` name the attribute too; ``people`` said it; ``chosen`` (k,) of them
    clicked or bought products of each value; ``titles`` (k,) of each value's open titles hold it;
    ``has_gap`` (k,) marks values without a word in its script, ``likeness`` (k,) is 0, 1 or 2: how much of it
    a word of the value has that no other value's words have.
    """

    searches: int
    beside: int
    people: int
    chosen: np.ndarray
    titles: np.ndarray
    has_gap: np.ndarray
    likeness: np.ndarray


@dataclass(frozen=True)
class Verdict:
    """The likeliest listed value: numbers of attribute and value, its probability, and log10 odds by evidence.

    Odds of ``beside`` are against being no value of the attribute, all others against being a new value of it.
    """

    attribute: int
    value: int
    probability: float
    beside: float
    choices: float
    titles: float
    filters: float


def judge(phrases: list[list[PhraseCounts]], attributes: list[AttributeCounts]) -> list[Verdict]:
    """Weigh the new phrases of a category, each given per attribute, against its attributes, and against each other.

    Which other phrases may be what a value lacks is judged by all evidence but filters.
    """
    weighed = [_Weighed.of(phrase, attributes) for phrase in phrases]
    before = [one.probabilities([np.zeros(len(p.chosen)) for p in one.phrase]) for one in weighed]
    usual = usual_filter_share(attributes)
    spreads = spread_weights(attributes)
    people = np.array([phrase[0].people for phrase in phrases], float)
    found = []
    for number, one in enumerate(weighed):
        filters = []
        for a, attribute in enumerate(attributes):
            rivals = [(people[i], before[i][a]) for i in range(len(phrases)) if i != number]
            filters.append(_filters(one.phrase[a], attribute, usual, spreads, rivals))
        found.append(one.verdict(filters))
    return found


@dataclass(frozen=True)
class _Weighed:
    """A phrase with its log odds per attribute, all but filters."""

    phrase: list[PhraseCounts]
    beside: list[float]
    choices: list[np.ndarray]
    titles: list[np.ndarray]

    @staticmethod
    def of(phrase: list[PhraseCounts], attributes: list[AttributeCounts]) -> _Weighed:
        pairs = list(zip(phrase, attributes, strict=True))
        return _Weighed(
            phrase,
            [_beside(*pair) for pair in pairs],
            [_choices(*pair) for pair in pairs],
            [_titles(*pair) for pair in pairs],
        )

    def probabilities(self, filters: list[np.ndarray]) -> list[np.ndarray]:
        """Per attribute the probability of each value (k,); what is missing to one is something new."""
        logs, new = [], [np.log(ELSE)]
        for i, p in enumerate(self.phrase):
            weights = np.where(p.has_gap, GAP, 1 / len(p.has_gap))  # without a gap as likely as not a new value
            home = np.log((1 - ELSE) / len(self.phrase) / (1 + weights.sum())) + self.beside[i]
            wording = np.log(LIKENESS[p.likeness])
            logs.append(home + np.log(weights) + wording + self.choices[i] + self.titles[i] + filters[i])
            new.append(home)
        total = logsumexp(np.concatenate([new, *logs]))
        return [np.exp(log - total) for log in logs]

    def verdict(self, filters: list[np.ndarray]) -> Verdict:
        values = self.probabilities(filters)
        best = max(range(len(values)), key=lambda i: values[i].max())
        value = int(np.argmax(values[best]))
        odds = (self.beside[best], self.choices[best][value], self.titles[best][value], filters[best][value])
        return Verdict(best, value, float(values[best][value]), *(float(one / np.log(10)) for one in odds))


def _beside(phrase: PhraseCounts, attribute: AttributeCounts) -> float:
    """Log odds of how often the attribute stands beside the phrase, as a value of it against as anything else."""

    def log_likelihood(share: float, concentration: float) -> float:
        a, b = concentration * share + 0.2, concentration * (1 - share) + 0.2
        return float(betaln(a + phrase.beside, b + phrase.searches - phrase.beside) - betaln(a, b))

    inside = log_likelihood(attribute.beside_own, ALIKE)
    if not len(attribute.beside_others):
        return 0.0
    others = [log_likelihood(float(share), RATHER_ALIKE) for share in attribute.beside_others]
    outside = np.logaddexp(np.log(1 - ODD) + logsumexp(others) - np.log(len(others)), np.log(ODD) + inside)
    return float(inside - outside)


def _choices(phrase: PhraseCounts, attribute: AttributeCounts) -> np.ndarray:
    """Log odds (k,) of what sayers chose, as sayers of each value choose against as anybody may."""
    k = len(attribute.said)
    if not phrase.chosen.sum() or not attribute.chosen_by_all.sum():
        return np.zeros(k)
    usual = (attribute.chosen_by_all + 0.5) / (attribute.chosen_by_all + 0.5).sum()
    is_sold = (attribute.chosen_by_all > 0) | (attribute.products > 0)
    sold = attribute.chosen_by[is_sold]
    own = (np.diag(attribute.chosen_by)[is_sold].sum() + 1.0) / (sold.sum() + 2.0)
    prior = np.where(is_sold[:, None], own * np.eye(k) + (1 - own) * usual, usual)
    known = attribute.chosen_by + _FEW * prior
    # how far words of a value differ, and how little is known of the value's own sayers
    concentration = 1 / (1 / ALIKE + 1 / known.sum(axis=1, keepdims=True))
    centre = concentration * known / known.sum(axis=1, keepdims=True)
    alike = np.array([_dirichlet(phrase.chosen, row) for row in centre])
    anything = np.logaddexp(_dirichlet(phrase.chosen, ALIKE * usual), _dirichlet(phrase.chosen, UNLIKE * usual))
    anything -= np.log(2)
    # nobody knows what sayers of a value choose that nobody sells, unless enough of them were seen
    seen = attribute.chosen_by.sum(axis=1)
    trust = np.where(is_sold, 1.0, seen / (seen + _FEW))
    return np.logaddexp(np.log(np.maximum(trust, 1e-9)) + alike - anything, np.log(np.maximum(1 - trust, 1e-9)))


def _dirichlet(counts: np.ndarray, alpha: np.ndarray) -> float:
    """Log of the Dirichlet-multinomial probability without the coefficient of the counts."""
    a = alpha + 0.01
    return float(gammaln(a.sum()) - gammaln(a.sum() + counts.sum()) + (gammaln(a + counts) - gammaln(a)).sum())


def _titles(phrase: PhraseCounts, attribute: AttributeCounts) -> np.ndarray:
    """Log odds (k,) of which products' titles hold the phrase."""

    def log_likelihood(hits: np.ndarray, tries: np.ndarray, prior: tuple[float, float]) -> np.ndarray:
        return np.asarray(betaln(prior[0] + hits, prior[1] + tries - hits) - betaln(*prior))

    y, n = phrase.titles.astype(float), attribute.open_titles.astype(float)
    as_value = log_likelihood(y, n, _IN_TITLES) + log_likelihood(y.sum() - y, n.sum() - n, _IN_OTHER_TITLES)
    together = log_likelihood(y.sum(), n.sum(), _IN_ANY_TITLES)
    apart = log_likelihood(y, n, _IN_ANY_TITLES).sum()
    return as_value - (np.logaddexp(together, apart) - np.log(2))


def usual_filter_share(attributes: list[AttributeCounts]) -> float:
    """Median share of filters among the mentions of a value; 0 where nobody picks filters."""
    picked = np.concatenate([a.picked for a in attributes]).astype(float)
    said = np.concatenate([a.said for a in attributes]).astype(float)
    mentioned = picked + said > 0
    if not picked.sum():
        return 0.0
    return float(np.median((picked[mentioned] + 0.5) / (picked[mentioned] + said[mentioned] + 1.0)))


def spread_weights(attributes: list[AttributeCounts]) -> np.ndarray:
    """Posterior weights of ``SPREADS`` by the values of all attributes, each equally likely before."""
    usual = usual_filter_share(attributes)
    if not usual:
        return np.full(len(SPREADS), 1 / len(SPREADS))
    logs = np.array([
        sum(float(logsumexp(_by_share(a.picked, a.picked + a.said, s, LACKING).sum(axis=0) + _prior(usual)))
            for a in attributes)
        for s in SPREADS
    ])  # fmt: skip
    return np.asarray(np.exp(logs - logsumexp(logs)))


def _filters(
    phrase: PhraseCounts,
    attribute: AttributeCounts,
    usual: float,
    weights: np.ndarray,
    rivals: list[tuple[float, np.ndarray]],
) -> np.ndarray:
    """Log odds (k,) of filters and texts, with the phrase's texts part of a value's against a new value's.

    Mentions of any value are as likely in every order of magnitude, and every split of a value's texts between its
    known words and the phrase is as likely as any other. ``rivals`` are the people of other phrases and the
    probabilities (k,) that it is one of these that a value lacks.
    """
    k = len(attribute.said)
    if not usual or not k:
        return np.zeros(k)
    mentions = (attribute.picked + attribute.said).astype(float)

    def log_likelihood(people: float) -> np.ndarray:
        """With so many more texts of each value in turn."""
        each = [_with_texts(attribute.picked, mentions, people, usual, spread) for spread in SPREADS]
        return np.asarray(logsumexp(each, b=weights[:, None], axis=0))

    def as_word(people: float) -> np.ndarray:
        share = people / (attribute.said + people + 1)
        return log_likelihood(people) + np.log(_DECADES * share * (mentions + 1) / (mentions + people + 1))

    otherwise = [log_likelihood(0.0)]
    otherwise += [as_word(n) + np.log(np.maximum(chance, 1e-12)) for n, chance in rivals if chance.max() > NEGLIGIBLE]
    return as_word(phrase.people) - logsumexp(otherwise, axis=0)


def _with_texts(picked: np.ndarray, mentions: np.ndarray, people: float, usual: float, spread: float) -> np.ndarray:
    """Log probability of an attribute's filters with ``people`` more mentions of each value (k,) in turn."""
    each = _by_share(picked, mentions, spread, ODD)
    changed = each.sum(axis=0) - each + _by_share(picked, mentions + people, spread, ODD)
    return np.asarray(logsumexp(changed + _prior(usual), axis=1))


def _by_share(picked: np.ndarray, mentions: np.ndarray, spread: float, odd: float) -> np.ndarray:
    """Log probability (k, shares) of filters among mentions (k,) for each share of filters the attribute may have."""
    f, m, share = picked[:, None].astype(float), mentions[:, None].astype(float), _SHARES[None, :]
    a, b = spread * share, spread * (1 - share)
    coefficient = gammaln(m + 1) - gammaln(f + 1) - gammaln(m - f + 1)
    regular = coefficient + betaln(a + f, b + m - f) - betaln(a, b)
    return np.asarray(np.logaddexp(np.log(1 - odd) + regular, np.log(odd) - np.log(m + 1)))


def _prior(usual: float) -> np.ndarray:
    """Log prior (shares,) of an attribute's share of filters, near the category's."""
    logs = -0.5 * (logit(_SHARES) - logit(np.clip(usual, 1e-3, 1 - 1e-3))) ** 2
    return np.asarray(logs - logsumexp(logs))
