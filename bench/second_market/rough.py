"""A yardstick: what a plain planner does with the same logs in an afternoon.

Multinomial logit on the sessions (mismatch with what was asked for per attribute, price, each value's own worth),
maximum likelihood with a small ridge; demand at the level of the last four weeks; then the oracle's own search.
"""

from __future__ import annotations

import numpy as np

from bench.second_market.history import History
from bench.second_market.panel import Panel
from bench.second_market.world import Floats

LAST_DAYS = 28
SESSIONS = 8000
RIDGE = 3.0
LEVEL_CV = 0.2


def _features(history: History, sessions: list[int]) -> tuple[Floats, Floats]:
    """(n, products, coefficients): constant, price, mismatch per attribute, value dummies; and stock (n, products)."""
    shop = history.shop
    sizes = [len(a.values) for a in shop.category.attributes]
    dummies = np.concatenate([np.eye(n)[shop.values[:, a]] for a, n in enumerate(sizes)], axis=1)
    x = np.zeros((len(sessions), len(shop.values), 2 + len(sizes) + dummies.shape[1]))
    stock = np.zeros((len(sessions), len(shop.values)))
    for i, k in enumerate(sessions):
        visit = history.visits[k]
        x[i, :, 0] = 1.0
        x[i, :, 1] = -(shop.price(visit.day) / shop.category.price - 1)
        for a in range(len(sizes)):
            if a in visit.stated:
                x[i, :, 2 + a] = np.where(shop.values[:, a] != visit.stated[a], -1.0, 0.0)
            else:
                at = 2 + len(sizes) + sum(sizes[:a])
                x[i, :, at : at + sizes[a]] = dummies[:, at - 2 - len(sizes) : at - 2 - len(sizes) + sizes[a]]
        stock[i] = history.stock[visit.day] > 0
    return x, stock


def fit(x: Floats, stock: Floats, chosen: Floats) -> Floats:
    """Coefficients of the logit with an outside option, by Newton steps."""
    beta = np.zeros(x.shape[2])
    beta[0] = -3.0
    n, k, p = x.shape
    flat = x.reshape(n * k, p)
    for _ in range(12):
        odds = np.exp(np.clip(x @ beta, -30, 30)) * stock
        share = odds / (1 + odds.sum(axis=1, keepdims=True))
        mean = np.einsum("nk,nkp->np", share, x)
        gradient = np.einsum("nk,nkp->p", chosen - share, x) - RIDGE * beta
        hessian = (flat * share.reshape(-1, 1)).T @ flat - mean.T @ mean + RIDGE * np.eye(p)
        step = np.linalg.solve(hessian, gradient)
        beta = beta + np.clip(step, -1.5, 1.5)
    return beta


def rough_panel(history: History, seed: int = 0) -> Panel:
    """The panel as the logs of the last four weeks show it, through the fitted logit."""
    shop, s = history.shop, history.shop.scenario
    rng = np.random.default_rng([s.seed, 61, seed])
    pool = np.array([k for k, v in enumerate(history.visits) if v.searched])
    sessions = np.sort(rng.choice(pool, min(SESSIONS, len(pool)), replace=False)).tolist()
    x, stock = _features(history, sessions)
    chosen = np.zeros(stock.shape)
    for i, k in enumerate(sessions):
        if history.visits[k].bought >= 0:
            chosen[i, history.visits[k].bought] = 1.0
    beta = fit(x, stock, chosen)
    late = [k for k in pool.tolist() if history.visits[k].day >= s.history_days - LAST_DAYS]
    recent = np.sort(rng.choice(late, min(2400, len(late)), replace=False)).tolist()
    x, stock = _features(history, recent)
    odds = np.exp(x @ beta) * (stock.mean(axis=0) if len(stock) else 1.0)
    sizes = [len(a.values) for a in shop.category.attributes]
    lost = []
    for a, n in enumerate(sizes):
        at = 2 + len(sizes) + sum(sizes[:a])
        table = np.tile(-beta[at : at + n], (len(recent), 1))
        for i, k in enumerate(recent):
            if a in history.visits[k].stated:
                table[i] = beta[2 + a] * (np.arange(n) != history.visits[k].stated[a])
        lost.append(table)
    searched_share = len(pool) / len(history.visits)
    visits = len([v for v in history.visits if v.day >= s.history_days - LAST_DAYS and v.searched]) / searched_share
    units = visits / LAST_DAYS * s.sell_days / len(recent) * 1.03 * s.kept
    ones, slope = np.ones(len(recent)), max(beta[1], 0.8) / shop.category.price
    margin = odds @ (shop.list_price - shop.unit_cost)
    usual = shop.category.price
    return Panel(lost, beta[0] * ones, slope * ones, usual, odds.sum(axis=1), margin, units, LEVEL_CV, 0.0)
