"""What the candidates benchmark plants: invented features, and junk that must stay out of the list.

No phrase here stands in a taxonomy or in a carrier's queries (the benchmark checks that). Some marketing words
stand in no list of the software either: they have to be recognised by being said everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_FEATURES_ZH = """
    云感回弹 磁悬收纳 夜光描边 奶咖渐变 隐形提环 冰丝夹层 抗菌银离膜 可拆洗内胆 单手开合 防倾倒底座 无极旋调
    免拧快扣 蜂窝透气层 双舱分隔 低敏配方 氛围呼吸灯 桌边夹挂 自沥水槽 防呛侧阀 母婴静眠 折叠提篮 流沙釉面
    雾霾蓝边 微孔慢释 磨砂触感 恐龙造型 懒人一拉 口袋迷你 大字长辈款 复古黄铜 温显变色 防缠绕芯 星空投影 侧翻防漏
    软胶护角 可叠放 零甲醛胶 莫兰迪撞色 倒挂晾干 悬停铰链 植物染 双面撞绒 自动断流 儿童锁键 露营挂绳 拼豆图案
    透明探视 指纹速开 香薰仓 抑尘网面
"""
_FEATURES_EN = """
    cloud rebound|magnetic nesting|glow edging|hidden loop|ice silk lining|silver ion film|detachable liner|
    one hand latch|tip proof base|stepless dial|honeycomb layer|twin chamber|low allergen|breathing lamp|
    desk clamp|self draining|choke guard|fold basket|fog blue trim|slow release pores|frosted grip|dinosaur shape|
    pocket mini|big letters|antique brass|temperature tint|tangle free core|starry projector|leak stop flip|
    stackable rims|zero voc glue|morandi tones|hang dry hook|hover hinge|plant dyed|auto shutoff drip|
    kid lock key|camping lanyard|aroma bay|dustproof mesh|
    tilt window pane|braided edge seal|moon phase print|squeeze pump neck|zigzag spine|crisp pocket fold|
    velcro ankle|peel tab seal|tinted vapor|gusset floor
"""
FEATURES_ZH = tuple(_FEATURES_ZH.split())
FEATURES_EN = tuple(phrase.strip() for phrase in _FEATURES_EN.split("|"))
MARKETING_ZH = ("闪购专享", "良心之选", "限时特惠", "回购王", "满减凑单", "年中狂欢")
MARKETING_EN = ("must have", "flash pick", "trending now", "viral find", "mid year carnival", "pro choice")
CITIES_ZH = ("成都", "义乌", "东莞", "青岛", "佛山", "临沂")
CITIES_EN = ("chicago", "mumbai", "delhi", "toronto", "berlin", "texas")
BRAND_PARTS_ZH = ("凌羽", "柏奈", "泽悦", "慕森", "歌蒂", "锐普", "妮莱", "瓦伦", "卓朗", "芙洛", "尚禾", "凯宁")
BRAND_PARTS_EN = (
    "velmora",
    "brynox",
    "tavelle",
    "korvita",
    "zentaro",
    "luminar",
    "oskarra",
    "pelvano",
    "quintex",
    "ravello",
)
RISING_SHARE, VARIANT_SHARE, SPELT_OTHERWISE = 0.35, 0.3, 0.2
LOW_SHARE, HIGH_SHARE = 0.002, 0.02


@dataclass(frozen=True)
class Planted:
    """One phrase to plant: ``kind`` is feature, or the kind of junk; ``leads_to`` is brand, product or None."""

    phrase: str
    kind: str
    category_id: str
    share: float
    is_rising: bool = False
    variants: tuple[str, ...] = ()
    leads_to: str | None = None


def plan(
    categories: list[str],
    known: dict[str, list[str]],
    *,
    n_features: int,
    english_share: float,
    rng: np.random.Generator,
) -> list[Planted]:
    """Features and junk for each category. ``known`` are words to misspell, by category."""
    n_english = round(n_features * english_share)
    chosen = [*rng.permutation(FEATURES_EN)[:n_english], *rng.permutation(FEATURES_ZH)[: n_features - n_english]]
    chosen = [str(phrase) for phrase in rng.permutation(chosen)]
    found = []
    for i, phrase in enumerate(chosen):
        share = float(np.exp(rng.uniform(np.log(LOW_SHARE), np.log(HIGH_SHARE))))
        variants = variants_of(phrase) if rng.random() < VARIANT_SHARE else ()
        home = categories[i % len(categories)]
        found.append(Planted(phrase, "feature", home, share, bool(rng.random() < RISING_SHARE), variants))
    for category_id in categories:
        found += _junk(category_id, known.get(category_id, []), english_share, rng)
    return found


def _junk(category_id: str, known: list[str], english_share: float, rng: np.random.Generator) -> list[Planted]:
    def share() -> float:
        return float(rng.uniform(0.003, 0.015))

    is_english = english_share > 0.9
    found = []
    for listed in (True, False):
        brand = _brand(is_english, rng)
        kind = "listed brand" if listed else "unlisted brand"
        found.append(Planted(brand, kind, category_id, share(), leads_to="brand"))
    for form in ("{a}{b}{n}", "{a}{b}-{n}{c}"):
        a, b, c = (chr(ord("a") + int(rng.integers(26))) for _ in range(3))
        model = form.format(a=a, b=b, c=c, n=int(rng.integers(120, 9900)))
        found.append(Planted(model, "model", category_id, share(), leads_to="product"))
    for city in rng.permutation(CITIES_EN if is_english else CITIES_ZH)[:2]:
        found.append(Planted(str(city), "city", category_id, share()))
    for i, word in enumerate(MARKETING_EN if is_english else MARKETING_ZH):
        found.append(Planted(word, "marketing", category_id, 0.008, is_rising=i == 4))
    for word in rng.permutation(sorted(set(known)))[:3]:
        if slipped := slip(str(word), rng):
            found.append(Planted(slipped, "misspelling", category_id, float(rng.uniform(0.002, 0.005))))
    return found


def _brand(is_english: bool, rng: np.random.Generator) -> str:
    """A name nobody has: two of the parts."""
    parts = BRAND_PARTS_EN if is_english else BRAND_PARTS_ZH
    one, two = rng.choice(len(parts), 2, replace=False)
    return parts[one] + " " + parts[two] if is_english else parts[one] + parts[two]


def variants_of(phrase: str) -> tuple[str, ...]:
    """Other ways people type it: spaced, hyphenated, plural, other order, with a suffix."""
    if phrase.isascii():
        words = phrase.split()
        other_order = (" ".join(reversed(words)),) if len(words) == 2 else ()
        return ("-".join(words), "".join(words), phrase + "s", *other_order)
    return (phrase[:2] + " " + phrase[2:], phrase + "款", phrase + "的")


def slip(word: str, rng: np.random.Generator) -> str | None:
    """A misspelling: two letters swapped, or one character for one that sounds alike."""
    if word.isascii():
        if len(word) < 6 or not word.replace(" ", "").isalpha():
            return None
        at = int(rng.integers(1, len(word) - 2))
        slipped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return slipped if slipped != word and " " not in word[at : at + 2] else None
    alike = {
        "锅": "过",
        "气": "汽",
        "脑": "恼",
        "机": "鸡",
        "洗": "喜",
        "记": "计",
        "衣": "依",
        "手": "守",
        "套": "讨",
        "表": "婊",
        "发": "法",
        "鞋": "斜",
    }
    places = [i for i, char in enumerate(word) if char in alike]
    if len(word) < 3 or not places:
        return None
    at = places[int(rng.integers(len(places)))]
    return word[:at] + alike[word[at]] + word[at + 1 :]
