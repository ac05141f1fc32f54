"""Linking: what each kind of evidence says, and that no one kind says more than it can."""

from dataclasses import replace

import numpy as np
import pytest

from models.linking import SURE, AttributeCounts, PhraseCounts, judge

NOBODY = np.zeros(3, int)


def attribute(**other) -> AttributeCounts:
    """Three values said as often as each other, a fifth of the mentions by filter; two are sold and bought."""
    plain = AttributeCounts(
        beside_own=0.0,
        beside_others=np.array([0.3, 0.3]),
        said=np.array([800, 800, 800]),
        picked=np.array([200, 200, 200]),
        chosen_by=np.array([[300, 60, 0], [60, 300, 0], [30, 30, 0]]),
        chosen_by_all=np.array([700, 700, 0]),
        products=np.array([6, 6, 0]),
        open_titles=np.array([6, 6, 0]),
    )
    return replace(plain, **other)


def phrase(**other) -> PhraseCounts:
    """Said by 400 people, never beside the attribute; nothing else is known."""
    plain = PhraseCounts(
        searches=400, beside=0, people=400, chosen=NOBODY, titles=NOBODY, has_gap=NOBODY == 1, likeness=NOBODY
    )
    return replace(plain, **other)


OTHER = attribute()
BESIDE_OTHER = phrase(beside=120)


def verdict(one: PhraseCounts, home: AttributeCounts, *rivals: PhraseCounts):
    """Judge a phrase that may be of the first attribute, among rivals."""
    return judge([[p, BESIDE_OTHER] for p in (one, *rivals)], [home, OTHER])[0]


def test_a_phrase_of_which_only_its_place_is_known_is_not_linked():
    assert verdict(phrase(), attribute()).probability < 0.3


def test_filters_show_which_value_lacks_a_word():
    without = verdict(phrase(), attribute())
    lacking = verdict(phrase(), attribute(said=np.array([800, 800, 400])))
    assert (lacking.attribute, lacking.value) == (0, 2)
    assert lacking.filters > 1 > without.filters
    assert lacking.probability > without.probability


def test_filters_alone_are_never_enough_for_a_value_that_has_its_words():
    many = phrase(people=40_000, searches=40_000)
    assert (
        verdict(many, attribute(said=np.array([80_000, 80_000, 0]), picked=np.array([20_000] * 3))).probability < SURE
    )


def test_a_gap_in_the_script_and_the_filters_are_enough():
    home = attribute(said=np.array([800, 800, 10]))
    assert verdict(phrase(people=790, has_gap=np.arange(3) == 2), home).probability > SURE


def test_of_two_phrases_that_may_fill_the_gap_neither_is_surer_than_its_size_says():
    home = attribute(said=np.array([800, 800, 10]))
    one = phrase(people=790)
    alone, with_twin = verdict(one, home), verdict(one, home, one)
    assert alone.filters - with_twin.filters > 0.3


def test_choices_like_those_of_a_value_speak_for_it_and_usual_choices_do_not():
    alike = verdict(phrase(chosen=np.array([250, 50, 0])), attribute())
    usual = verdict(phrase(chosen=np.array([150, 150, 0])), attribute())
    sold = attribute(chosen_by_all=np.array([700, 700, 400]), products=np.full(3, 6))
    assert (alike.attribute, alike.value) == (0, 0)
    assert alike.choices > 0.5
    assert usual.choices < 0.2
    assert verdict(phrase(chosen=np.array([150, 150, 0])), sold).choices < 0


def test_choices_that_are_only_similar_do_not_speak_for_a_value():
    assert verdict(phrase(chosen=np.array([200, 100, 0])), attribute()).probability < 0.5


def test_titles_of_one_value_only_speak_for_it():
    mine = verdict(phrase(titles=np.array([5, 0, 0])), attribute())
    spread = verdict(phrase(titles=np.array([3, 2, 0])), attribute())
    assert mine.titles > 1.5
    assert spread.titles < 0


def test_what_stands_beside_the_attribute_like_anything_else_is_no_value_of_it():
    home = attribute(said=np.array([800, 800, 0]))
    anything = verdict(phrase(beside=120, titles=np.array([5, 0, 0])), home)
    assert anything.beside < -2
    assert anything.probability < 0.05


@pytest.mark.parametrize("seed", range(5))
def test_new_values_are_not_linked_and_words_for_known_ones_are_right(seed):
    """Shops drawn at random: filters and choices differ among values; one word says a known value, one a new one."""
    rng = np.random.default_rng(seed)
    linked = right = false = 0
    for _ in range(60):
        home, word, new, value = draw(rng)
        mentions = rng.integers(300, 3000, 3)
        picked = rng.binomial(mentions, rng.beta(6, 24, 3))
        other = attribute(said=mentions - picked, picked=picked)
        known, unknown = judge([[word, BESIDE_OTHER], [new, BESIDE_OTHER]], [home, other])
        linked += known.probability >= SURE
        right += known.probability >= SURE and (known.attribute, known.value) == (0, value)
        false += unknown.probability >= SURE
    assert linked >= 15
    assert right == linked
    assert false <= 1  # a new value may be chosen like a known one by luck


def draw(rng: np.random.Generator) -> tuple[AttributeCounts, PhraseCounts, PhraseCounts, int]:
    """An attribute, a word for one of its values, a new value of it, and which value the word says."""
    mentions = rng.integers(300, 3000, 3)
    picked = rng.binomial(mentions, rng.beta(6, 24, 3))
    said = mentions - picked
    value = int(rng.integers(3))
    people = int(said[value] * rng.uniform(0.3, 0.9))
    said[value] -= people
    shares = np.array([[0.8, 0.15, 0.05], [0.2, 0.7, 0.1], [0.1, 0.15, 0.75]])
    chosen_by = np.array([rng.multinomial(n // 3, rng.dirichlet(40 * s)) for n, s in zip(said, shares, strict=True)])
    home = attribute(
        said=said, picked=picked, chosen_by=chosen_by, chosen_by_all=2 * chosen_by.sum(axis=0) + 1,
        products=np.full(3, 5), open_titles=np.full(3, 5),
    )  # fmt: skip
    titles = np.where(np.arange(3) == value, rng.binomial(5, 0.5), 0)
    chosen = rng.multinomial(people // 3, rng.dirichlet(40 * shares[value]))
    word = phrase(people=people, searches=people, chosen=chosen, titles=titles)
    size = int(rng.integers(100, 2000))
    new = phrase(people=size, searches=size, chosen=rng.multinomial(size // 4, rng.dirichlet(np.ones(3))))
    return home, word, new, value
